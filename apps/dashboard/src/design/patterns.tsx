/** Hatches that any SVG of the page may refer to; drawn once. */
export function Patterns() {
  return (
    <svg width="0" height="0" style={{ position: 'absolute' }} aria-hidden="true">
      <defs>
        <pattern
          id="hatch-gap"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0" y1="0" x2="0" y2="5" stroke="var(--off)" strokeWidth="1.4" />
        </pattern>
      </defs>
    </svg>
  );
}
