import { ApiProblem, offlineProblem, problemOf } from './problem.js';
import type { Session } from './session.js';
import type { Command, Page } from './types.js';

type Query = Record<string, string | number | undefined>;

interface Sending<T> {
  method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** Version that the change is based on; another one in between answers 412. */
  ifVersion?: number;
  /** The answer, made of the outcome of a command that took longer than its request. */
  fromCommand?: (command: Command) => T | null;
}

/** The API of one organization. Every failure is an `ApiProblem`. */
export interface Client {
  base: string;
  get<T>(path: string, query?: Query): Promise<T>;
  /** The same in a form that is no JSON. */
  text(path: string, accept: string): Promise<string>;
  /** All pages of a list, at most `maxPages`; `truncated` says that there were more. */
  list<T>(
    path: string,
    query: Query,
    maxPages: number,
  ): Promise<{ items: T[]; truncated: boolean }>;
  /** Asks a question that needs a body; changes nothing. */
  ask<T>(path: string, body: unknown): Promise<T>;
  /** Sends a command and waits for its outcome, also when the API answers 202 with a `commandId`. */
  send<T>(input: Sending<T>): Promise<T | null>;
}

const commandPollMs = 1_500;
const commandPatienceMs = 180_000;

export function createClient(input: { session: Session; orgId: string }): Client {
  const { session } = input;
  const base = `/v1/organizations/${encodeURIComponent(input.orgId)}/smartrecruiters`;

  const request = async (path: string, init: RequestInit): Promise<Response> => {
    const attempt = (token: string) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      return fetch(`${base}${path}`, { ...init, cache: 'no-store', headers });
    };
    let response: Response;
    try {
      response = await attempt(await session.token());
      if (response.status === 401) response = await attempt(await session.renew());
    } catch {
      throw offlineProblem();
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  };

  const get = async <T>(path: string, query: Query = {}): Promise<T> => {
    const response = await request(`${path}${queryString(query)}`, {});
    return (await response.json()) as T;
  };

  const outcomeOf = async (commandId: string): Promise<Command> => {
    const until = Date.now() + commandPatienceMs;
    while (Date.now() < until) {
      await pause(commandPollMs);
      const command = await get<Command>(`/commands/${encodeURIComponent(commandId)}`);
      if (command.state === 'completed') return command;
      if (command.state === 'failed') {
        throw new ApiProblem({
          status: command.problem?.status ?? 422,
          body: command.problem ?? { code: 'unexpected_answer' },
        });
      }
    }
    throw new ApiProblem({ status: 202, body: { code: 'still_running' } });
  };

  return {
    base,
    get,
    text: async (path, accept) => (await request(path, { headers: { accept } })).text(),
    list: async <T>(path: string, query: Query, maxPages: number) => {
      const items: T[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < maxPages; page += 1) {
        const answer = await get<Page<T>>(path, { ...query, limit: 100, cursor });
        items.push(...answer.items);
        if (answer.nextCursor === null) return { items, truncated: false };
        cursor = answer.nextCursor;
      }
      return { items, truncated: true };
    },
    ask: async <T>(path: string, body: unknown) => {
      const response = await request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as T;
    },
    send: async <T>({
      method,
      path,
      body,
      ifVersion,
      fromCommand,
    }: Sending<T>): Promise<T | null> => {
      const headers: Record<string, string> = { 'idempotency-key': randomKey() };
      if (body !== undefined) headers['content-type'] = 'application/json';
      if (ifVersion !== undefined) headers['if-match'] = `"${ifVersion}"`;
      const response = await request(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.status === 204) return null;
      const answer = (await response.json()) as T | { commandId: string };
      if (response.status !== 202 || !isCommandId(answer)) return answer as T;
      const command = await outcomeOf(answer.commandId);
      return fromCommand?.(command) ?? null;
    },
  };
}

function isCommandId(answer: unknown): answer is { commandId: string } {
  return typeof answer === 'object' && answer !== null && 'commandId' in answer;
}

function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** `crypto.randomUUID` exists only on https; this works wherever the page is served. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, ms));
}
