import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { type FakeApi, startFakeApi } from './fake-api.js';
import { buildPage, openBrowser, openPage } from './page.js';
import { type SignIn, startSignIn } from './sign-in.js';

/** A visitor before the page, and the world behind it; fresh for each test. */
export interface Stage {
  api: FakeApi;
  signIn: SignIn;
  page: Page;
  /** Origins that the page has sent requests to. */
  origins: Set<string>;
  /** Opens the page as the person of `signIn`; rejects when its console tells of a fault. */
  visit(hash?: string): Promise<void>;
  see(text: string | RegExp): Promise<void>;
  toggle(name: string): Promise<void>;
  isOn(name: string, on: boolean): Promise<void>;
  /** Calls of that method that have reached the API. */
  sent(method: string): FakeApi['world']['calls'];
}

/** Registers the hooks that set the stage for every test of a file. */
export function setStage(): Stage {
  let pageFolder = '';
  let browser: Browser | null = null;
  const stage = {
    visit: async (hash = '') => {
      if (browser === null) throw new Error('the browser is not open');
      const { faults, ...opened } = await openPage({ browser, url: `${stage.api.url}/${hash}` });
      Object.assign(stage, opened);
      await stage.page.getByRole('heading', { level: 1 }).waitFor();
      if (faults.length > 0) throw new Error(`the page is at fault: ${faults.join('; ')}`);
    },
    see: (text) => stage.page.getByText(text).first().waitFor(),
    // The track of the switch lies over its input; the keyboard needs no pointer.
    toggle: (name) => stage.page.getByRole('switch', { name }).press('Space'),
    isOn: (name, on) => stage.page.getByRole('switch', { name, checked: on }).waitFor(),
    sent: (method) => stage.api.world.calls.filter((call) => call.method === method),
  } as Stage;

  beforeAll(async () => {
    [pageFolder, browser] = await Promise.all([buildPage(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(pageFolder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    stage.signIn = await startSignIn();
    stage.api = await startFakeApi({ pageFolder, signIn: stage.signIn });
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
    await stage.api.close();
    await stage.signIn.close();
  });
  return stage;
}
