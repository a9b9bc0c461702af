import { setTimeout as wait } from 'node:timers/promises';
import {
  type NotetakerSimulator,
  type NotetakerSimulatorOptions,
  startNotetakerSimulator,
} from '../../../sandbox/notetaker/simulator.js';
import type { Bot } from '../../../sandbox/notetaker/types.js';

export const apiKey = 'test-key';
export const quick = { stepMs: 20, longestWaitMs: 100, tickMs: 5, webhookRetryMs: 20 };

export function start(options: Partial<NotetakerSimulatorOptions> = {}) {
  return startNotetakerSimulator({ apiKey, pace: quick, ...options });
}

export interface Called {
  status: number;
  body: Bot & { code: string; items: Bot[]; nextCursor: string | null; errors: unknown[] };
  headers: Headers;
}

/** A call with the right key; `timeoutMs` makes the client give up, which rejects. */
export async function call(
  simulator: NotetakerSimulator,
  method: string,
  path: string,
  body?: object,
  timeoutMs = 5000,
): Promise<Called> {
  const answer = await fetch(`${simulator.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as Called['body'],
    headers: answer.headers,
  };
}

export function order(changes: object = {}): object {
  return {
    key: 'test:one',
    meetingUrl: 'https://meet.google.com/abc-defg-hij?authuser=0',
    joinAt: new Date(Date.now() - 1000).toISOString(),
    botName: 'Pillar Notetaker',
    metadata: { interview: 'i-1' },
    recording: { record: true, transcribe: true },
    ...changes,
  };
}

export const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > deadline) {
      throw new Error('The awaited condition did not come true.');
    }
    await wait(5);
  }
}

export async function untilState(simulator: NotetakerSimulator, id: string, state: string) {
  return await until(async () => {
    const { body } = await call(simulator, 'GET', `/bots/${id}`);
    return body.state === state && body;
  });
}
