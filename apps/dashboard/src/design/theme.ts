import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#e7f1fa',
  '#c9e0f4',
  '#a3caeb',
  '#7cb6ea',
  '#5cb0f2',
  '#2d86cf',
  '#0b66b8',
  '#09579d',
  '#084983',
  '#063a68',
];

/** Mantine dressed in the tokens: where its defaults differ, the tokens win. */
export const theme = createTheme({
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 4 },
  colors: { accent },
  defaultRadius: 6,
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

export const variables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--canvas)',
    '--mantine-color-text': 'var(--t1)',
    '--mantine-color-dimmed': 'var(--t3)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--sunken)',
    '--mantine-color-default-color': 'var(--t1)',
    '--mantine-color-default-border': 'var(--line2)',
    '--mantine-color-placeholder': 'var(--t3)',
  };
  return { variables: {}, light: shared, dark: shared };
};
