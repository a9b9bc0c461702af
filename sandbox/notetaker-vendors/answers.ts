import type { IncomingHttpHeaders } from 'node:http';

export interface Answer {
  status: number;
  /** JSON; absent: an empty body. */
  body?: unknown;
  html?: string;
  headers?: Record<string, string>;
}

/** An answer other than success, thrown by whoever finds the reason for it. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** A call as it came in. */
export interface VendorCall {
  method: string;
  /** Without query. */
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  rawBody: string;
  /** The simulator's own origin, for links in answers. */
  origin: string;
}

/** @throws {Refusal} */
export type Handler = (call: VendorCall) => Answer;

export const notAnObject = Symbol('not an object');

/** The body's members, an empty object for no body, `notAnObject` for anything else. */
export function bodyOf(call: VendorCall): Record<string, unknown> | typeof notAnObject {
  if (call.rawBody === '') {
    return {};
  }
  try {
    const body: unknown = JSON.parse(call.rawBody);
    return typeof body === 'object' && body !== null && !Array.isArray(body)
      ? { ...body }
      : notAnObject;
  } catch {
    return notAnObject;
  }
}

export const iso = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();
