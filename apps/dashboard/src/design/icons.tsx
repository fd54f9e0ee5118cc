import { type ReactNode } from 'react';

interface IconProps {
  readonly size?: number;
  readonly colour?: string;
  readonly className?: string | undefined;
}

function Icon({
  size = 12,
  colour = 'currentColor',
  className,
  children,
}: IconProps & { children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 12 12"
      fill="none"
      stroke={colour}
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={className}
      style={{ flex: 'none', display: 'block' }}
    >
      {children}
    </svg>
  );
}

export const ArrowUp = (p: IconProps) => (
  <Icon {...p}>
    <path d="M2.5 9.5 9 3M4.2 2.6h5.2v5.2" />
  </Icon>
);
export const ArrowDown = (p: IconProps) => (
  <Icon {...p}>
    <path d="M2.5 2.5 9 9M9.4 4.2v5.2H4.2" />
  </Icon>
);
export const Level = (p: IconProps) => (
  <Icon {...p}>
    <path d="M2 4.5h8M2 7.5h8" />
  </Icon>
);
export const Dot = ({ size = 12, colour = 'currentColor', className }: IconProps) => (
  <Icon size={size} className={className}>
    <circle cx="6" cy="6" r="5" fill={colour} stroke="none" />
  </Icon>
);
/** Stale: a filled diamond with a stroke through it. */
export const Diamond = ({ size = 12, colour = 'currentColor', className }: IconProps) => (
  <Icon size={size} className={className}>
    <path d="M6 .2 11.8 6 6 11.8.2 6Z" fill={colour} stroke="none" />
    <path d="M4.2 7.8 7.8 4.2" stroke="var(--surface)" strokeWidth="1.4" />
  </Icon>
);
export const Triangle = ({ size = 12, colour = 'currentColor', className }: IconProps) => (
  <Icon size={size} className={className}>
    <path d="M6 .9 11.6 11H.4Z" fill={colour} stroke="none" />
    <path d="M6 4.6v2.8M6 9.2v.1" stroke="var(--surface)" strokeWidth="1.3" />
  </Icon>
);
export const Clock = (p: IconProps) => (
  <Icon {...p}>
    <circle cx="6" cy="6" r="4.8" />
    <path d="M6 3.4V6l1.8 1" />
  </Icon>
);
export const Again = (p: IconProps) => (
  <Icon {...p}>
    <path d="M10.2 6a4.3 4.3 0 1 1-1.3-3.1M10.4 1v2.4H8" />
  </Icon>
);
export const QuietRing = (p: IconProps) => (
  <Icon {...p}>
    <circle cx="6" cy="6" r="4.6" strokeDasharray="2.2 2.6" />
  </Icon>
);
export const Attention = (p: IconProps) => (
  <Icon {...p}>
    <circle cx="6" cy="6" r="4.8" />
    <path d="M6 3.4v3M6 8.5v.1" />
  </Icon>
);
export const Lock = (p: IconProps) => (
  <Icon {...p}>
    <rect x="2" y="5.4" width="8" height="5.4" rx="1" />
    <path d="M4 5.2V3.6a2 2 0 0 1 4 0v1.6" />
  </Icon>
);
export const Pause = (p: IconProps) => (
  <Icon {...p}>
    <path d="M4 2.5v7M8 2.5v7" strokeWidth="2" strokeLinecap="butt" />
  </Icon>
);
export const Cross = (p: IconProps) => (
  <Icon {...p}>
    <path d="m2.5 2.5 7 7M9.5 2.5l-7 7" />
  </Icon>
);
export const Plus = (p: IconProps) => (
  <Icon {...p}>
    <path d="M6 2v8M2 6h8" />
  </Icon>
);
export const Chevron = (p: IconProps) => (
  <Icon {...p}>
    <path d="m3 4.5 3 3 3-3" />
  </Icon>
);
export const Search = (p: IconProps) => (
  <Icon {...p}>
    <circle cx="5" cy="5" r="3.4" />
    <path d="m7.6 7.6 3 3" />
  </Icon>
);
export const Download = (p: IconProps) => (
  <Icon {...p}>
    <path d="M6 1.5v6M3.4 5.2 6 7.8l2.6-2.6M1.8 10.4h8.4" />
  </Icon>
);
export const Copy = (p: IconProps) => (
  <Icon {...p}>
    <rect x="4" y="4" width="6.6" height="6.6" rx="1.2" />
    <path d="M8 1.6H2.8A1.3 1.3 0 0 0 1.4 3v5" />
  </Icon>
);
export const MenuLines = (p: IconProps) => (
  <Icon {...p}>
    <path d="M1.5 3h9M1.5 6h9M1.5 9h9" />
  </Icon>
);
export const Logo = ({ size = 20 }: IconProps) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 20 20"
    fill="none"
    strokeWidth="2.1"
    strokeLinecap="round"
    aria-hidden="true"
  >
    <path d="M4.5 6c2.6-3.4 5-2.6 7.2-1.2s4.2 1.2 6.3-1.3" stroke="var(--accent)" />
    <path d="M2.5 11.200c2.6-3.4 5-2.6 7.2-1.200s5 1.5 8.3-1.7" stroke="var(--accent)" />
    <path d="M1 16.400c2.2-3 4.4-2.3 6.2-1.3 1.6.9 3 .9 4.6.1" stroke="var(--t1)" />
  </svg>
);
