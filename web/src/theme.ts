import { type CSSVariablesResolver, createTheme, Drawer, Modal } from '@mantine/core';

const dialogTitle = { fontWeight: 650, fontSize: '1.0625rem' };

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: 7,
  colors: {
    dark: [
      '#e4e9e6',
      '#c7cfcb',
      '#a7b0ac',
      '#7d8682',
      '#545d59',
      '#3b4440',
      '#29302c',
      '#1e2321',
      '#181c1a',
      '#121513',
    ],
    pine: [
      '#eaf7f2',
      '#d5ece3',
      '#a9d9c6',
      '#7ac5a8',
      '#54b48e',
      '#38a17b',
      '#2a8768',
      '#1f6f5c',
      '#185a4b',
      '#0f4438',
    ],
  },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '0.975rem', lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  components: {
    Modal: Modal.extend({
      defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: dialogTitle },
    }),
    Drawer: Drawer.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: dialogTitle },
    }),
  },
});

/** Quiet text that still has the contrast of WCAG AA, and the tones of states. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#59636b',
    '--mantine-color-placeholder': '#6a747c',
    '--mantine-color-error': '#b3261e',
    '--page': '#f5f7f5',
    '--line': '#e1e6e3',
    '--good': '#1d6b4f',
    '--good-soft': '#e2f3ea',
    '--chosen': '#f0f8f4',
    '--warn': '#845400',
    '--warn-soft': '#fdf1d8',
    '--bad': '#a4262c',
    '--bad-soft': '#fce8e7',
    '--info': '#285f8f',
    '--info-soft': '#e5f0f9',
    '--quiet': '#545d65',
    '--quiet-soft': '#edf0ef',
    '--fill-good': '#2f9e75',
    '--fill-warn': '#e0a020',
    '--fill-bad': '#d9534f',
    '--fill-quiet': '#b6c0bb',
  },
  dark: {
    '--mantine-color-dimmed': '#a7b0ac',
    '--mantine-color-placeholder': '#98a19d',
    '--mantine-color-error': '#ff9a94',
    '--page': '#161a18',
    '--line': '#333a37',
    '--mantine-color-text': '#e4e9e6',
    '--good': '#86d9b6',
    '--good-soft': '#193a2e',
    '--chosen': '#1b2822',
    '--warn': '#f3c969',
    '--warn-soft': '#3d3113',
    '--bad': '#ffa8a3',
    '--bad-soft': '#451f1f',
    '--info': '#9cc9f0',
    '--info-soft': '#1b3145',
    '--quiet': '#bac3bf',
    '--quiet-soft': '#2c3330',
    '--fill-good': '#3fae84',
    '--fill-warn': '#d9a129',
    '--fill-bad': '#dd6560',
    '--fill-quiet': '#66706b',
  },
});
