import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { execa } from 'execa';
import { type Browser, chromium, type Page } from 'playwright-core';
import { locateChromium } from '../../../sandbox/servers/chromium.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The page as it is served, built into a folder of its own; the caller removes the folder. */
export async function buildPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'settings-page-'));
  const command = ['build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  await execa('vite', command, { cwd: root, preferLocal: true });
  return folder;
}

export async function openBrowser(): Promise<Browser> {
  const { path } = await locateChromium({ progress: () => undefined });
  return chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** A page of a visitor who is new to this browser, and the origins that it sends requests to. */
export async function openPage(input: { browser: Browser; url: string }): Promise<{
  page: Page;
  origins: Set<string>;
  faults: string[];
}> {
  const context = await input.browser.newContext({
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const origins = new Set<string>();
  const faults: string[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith('http')) origins.add(new URL(request.url()).origin);
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const refused = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !refused) faults.push(message.text());
  });
  await page.goto(input.url);
  return { page, origins, faults };
}

/** Findings of axe that keep people out, as `rule: element`. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}
