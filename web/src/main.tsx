import '@mantine/core/styles.css';
import './page.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createSession } from './api/session.js';
import { App } from './app.js';
import { cssVariables, theme } from './theme.js';

const root = document.getElementById('page');
if (root === null) throw new Error('the page has no root element');

const session = createSession();
void session.start();

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <App session={session} />
    </MantineProvider>
  </StrictMode>,
);
