import { z } from 'zod';
import type { ApiDeps } from '../deps.js';
import { defineRoute, type Route } from '../route.js';

const readiness = z
  .object({ ready: z.boolean(), checks: z.object({ temporal: z.boolean(), mongodb: z.boolean() }) })
  .meta({ id: 'Readiness' });

const keySet = z
  .object({ keys: z.array(z.looseObject({ kty: z.string() })) })
  .meta({ id: 'KeySet', description: 'RFC 7517' });

/** What the process says of itself, without a token. */
export function serviceRoutes(deps: ApiDeps & { document: () => unknown }): Route[] {
  const noParts = { tag: 'service', permission: null } as const;
  return [
    defineRoute({
      ...noParts,
      method: 'get',
      path: '/healthz',
      operationId: 'isAlive',
      summary: 'The process answers',
      answers: {
        200: { description: 'It does.', schema: z.object({ status: z.literal('ok') }) },
      },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),
    defineRoute({
      ...noParts,
      method: 'get',
      path: '/readyz',
      operationId: 'isReady',
      summary: 'Temporal and MongoDB can be reached',
      answers: {
        200: { description: 'Both.', schema: readiness },
        503: { description: 'Not both.', schema: readiness },
      },
      async handle() {
        const checks = await readinessOf(deps);
        const ready = checks.temporal && checks.mongodb;
        return { status: ready ? 200 : 503, body: { ready, checks } };
      },
    }),
    defineRoute({
      ...noParts,
      method: 'get',
      path: '/.well-known/jwks.json',
      operationId: 'getReceiptKeys',
      summary: 'Public keys of receipts',
      answers: { 200: { description: 'The keys.', schema: keySet } },
      handle: async () => ({
        status: 200,
        body: await deps.receiptKeys.publicJwks(),
        headers: { 'cache-control': 'public, max-age=300' },
      }),
    }),
    defineRoute({
      ...noParts,
      method: 'get',
      path: '/openapi.json',
      operationId: 'getDocument',
      summary: 'This document',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({}) } },
      handle: async () => ({ status: 200, body: deps.document() }),
    }),
    defineRoute({
      ...noParts,
      method: 'get',
      path: '/page-config.json',
      operationId: 'getPageConfig',
      summary: 'Where the settings page signs in',
      answers: {
        200: { description: 'For the page.', schema: z.object({ tokenUrl: z.string() }) },
      },
      handle: async () => ({ status: 200, body: { tokenUrl: deps.page.tokenUrl } }),
    }),
  ];
}

/** Also asked on the operators' port. */
export async function readinessOf({
  gateway,
  readModel,
}: Pick<ApiDeps, 'gateway' | 'readModel'>): Promise<{ temporal: boolean; mongodb: boolean }> {
  const [temporal, mongodb] = await Promise.all([gateway.isReachable(), readModel.isReachable()]);
  return { temporal, mongodb };
}
