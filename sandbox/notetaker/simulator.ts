import express from 'express';
import { listen } from '../listen.js';
import { openStateFile } from '../state-file.js';
import { createBotRegistry, type SavedBots } from './bot-registry.js';
import { createBotRoutes } from './bot-routes.js';
import { createCallLog, type SavedCalls } from './call-log.js';
import { createControl } from './control.js';
import { createControlRoutes } from './control-routes.js';
import { createFaultList } from './faults.js';
import type { BotRecord, NotetakerControl, Pace } from './types.js';
import { createWebhookSender, type Delivery } from './webhooks.js';

interface SavedState {
  bots: SavedBots;
  calls: SavedCalls;
  deliveries: Delivery[];
}

export interface NotetakerSimulatorOptions {
  port?: number | undefined;
  /** Where bots, calls and waiting webhooks outlive a restart; absent: memory only. */
  stateFile?: string | undefined;
  apiKey: string;
  webhookUrl?: string | undefined;
  /** Several during a rotation. */
  webhookSecret?: string | string[] | undefined;
  /** Epoch ms; `Date.now` unless given. */
  now?: (() => number) | undefined;
  pace?: Partial<Pace> | undefined;
  /** The published limit, 600 unless given. */
  createsPerMinute?: number | undefined;
}

export interface NotetakerSimulator {
  /** The origin; the control page is at `{url}/_control/`. */
  url: string;
  /** `{url}/v1`: what belongs into NOTETAKER_API_URL. */
  apiUrl: string;
  control: NotetakerControl;
  close(): Promise<void>;
}

const saveEveryMs = 250;
const defaultPace: Pace = { stepMs: 1200, longestWaitMs: 30_000, tickMs: 50, webhookRetryMs: 1000 };

/**
 * Starts a notetaker that keeps the contract of `docs/notetaker-contract.openapi.json` without
 * joining anything: its bots walk through their states in real time.
 */
export async function startNotetakerSimulator(
  options: NotetakerSimulatorOptions,
): Promise<NotetakerSimulator> {
  const now = options.now ?? Date.now;
  const pace: Pace = { ...defaultPace, ...options.pace };
  const file = openStateFile<SavedState>({ path: options.stateFile });
  const saved = file.read();
  const stopping = new AbortController();

  const calls = createCallLog({ saved: saved?.calls ?? null });
  const faults = createFaultList();
  const webhooks = createWebhookSender({
    now,
    pace,
    settings: { url: options.webhookUrl ?? null, secrets: [options.webhookSecret ?? []].flat() },
    saved: saved?.deliveries ?? [],
  });
  let isUnsaved = false;
  let savedAt = 0;
  const registry = createBotRegistry({
    now,
    pace,
    saved: saved?.bots ?? null,
    onStateChanged(bot: BotRecord) {
      isUnsaved = true;
      webhooks.enqueue(bot);
    },
  });
  function save(): void {
    isUnsaved = false;
    savedAt = Date.now();
    file.write({
      bots: registry.toSave(),
      calls: calls.toSave(),
      deliveries: webhooks.toSave(),
    });
  }
  const control = createControl({ registry, calls, faults, webhooks, save });

  const app = express();
  app.disable('x-powered-by');
  app.use('/_control', createControlRoutes({ control }));
  app.use(
    '/v1',
    createBotRoutes({
      registry,
      faults,
      calls,
      apiKey: options.apiKey,
      createsPerMinute: options.createsPerMinute ?? 600,
      now,
      save,
      signal: stopping.signal,
    }),
  );
  app.get('/', (_request, response) => response.redirect('/_control/'));
  const server = await listen({ app, port: options.port });

  const ticking = setInterval(() => {
    registry.tick();
    webhooks.tick();
    // Steps that nobody was told of yet may be lost: a restarted bot takes them again.
    if (isUnsaved && Date.now() >= savedAt + saveEveryMs) {
      save();
    }
  }, pace.tickMs);

  return {
    url: server.url,
    apiUrl: `${server.url}/v1`,
    control,
    async close() {
      clearInterval(ticking);
      stopping.abort();
      webhooks.close();
      await server.close();
      save();
    },
  };
}
