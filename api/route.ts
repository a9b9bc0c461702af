import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ProblemCode } from './errors.js';

/** Members read; Admins also choose for one interview; Owners do everything. */
export type Permission = 'read' | 'choose' | 'own';

export type Role = 'owner' | 'admin' | 'member';

/** Who calls, from the verified token alone. */
export interface Caller {
  orgId: string;
  subject: string;
  role: Role;
  /** Epoch ms. */
  tokenExpiresAt: number;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface AnswerDeclaration {
  description: string;
  schema: z.ZodType | null;
  contentType?: string;
  /** Other forms of the same answer, by content type. */
  also?: Record<string, z.ZodType>;
}

type Shape = z.ZodObject | null;
type Parsed<S> = S extends z.ZodType ? z.output<S> : null;

/** What a command's headers say. */
export interface CommandHeaders {
  idempotencyKey: string | null;
  /** From `If-Match`. */
  ifVersion: number | null;
}

export interface Incoming<P extends Shape, Q extends Shape, B extends Shape> {
  caller: Caller;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  command: CommandHeaders;
  method: string;
  /** Path without query, as it came. */
  path: string;
  req: Request;
  res: Response;
}

interface RouteFacts<P extends Shape, Q extends Shape, B extends Shape> {
  method: 'get' | 'put' | 'post' | 'patch' | 'delete';
  /** In the words of OpenAPI: `/things/{thingId}`. */
  path: string;
  operationId: string;
  summary: string;
  tag: string;
  /** null: without a token. */
  permission: Permission | null;
  /** Takes `Idempotency-Key` and `If-Match`. */
  isCommand: boolean;
  params: P;
  query: Q;
  body: B;
  /** Other than JSON: the raw bytes are left to the handler. */
  rawBody: boolean;
  answers: Record<number, AnswerDeclaration>;
  /** Beside those that every route can give. */
  problems: readonly ProblemCode[];
}

/** One call of the API: what it takes, what it answers, and the handler, all in one value. */
export interface Route extends RouteFacts<Shape, Shape, Shape> {
  /** null: the handler has written to the response itself. */
  handle(incoming: Incoming<Shape, Shape, Shape>): Promise<Answer | null>;
}

type Optional = 'isCommand' | 'params' | 'query' | 'body' | 'rawBody' | 'problems';

/** Types a handler by its own schemas; the parts that are left out take and promise nothing. */
export function defineRoute<P extends Shape = null, Q extends Shape = null, B extends Shape = null>(
  route: Omit<RouteFacts<P, Q, B>, Optional> &
    Partial<Pick<RouteFacts<P, Q, B>, Optional>> & {
      handle(incoming: Incoming<P, Q, B>): Promise<Answer | null>;
    },
): Route {
  return {
    isCommand: false,
    params: null,
    query: null,
    body: null,
    rawBody: false,
    problems: [],
    ...route,
    // The mount parses with the very schemas of this route before it calls the handler.
    handle: (incoming) => route.handle(incoming as Incoming<P, Q, B>),
  };
}

/** `/things/{thingId}` as Express writes it. */
export function expressPath({ path }: { path: string }): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const rank: Record<Permission, readonly Role[]> = {
  read: ['owner', 'admin', 'member'],
  choose: ['owner', 'admin'],
  own: ['owner'],
};

export function mayDo({ role, permission }: { role: Role; permission: Permission }): boolean {
  return rank[permission].includes(role);
}
