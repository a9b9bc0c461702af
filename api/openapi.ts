import type { z } from 'zod';
import { createDocument, type ZodOpenApiObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import { type ProblemCode, problemRow } from './errors.js';
import { commandHeaders } from './middleware/idempotency-key.js';
import { problem } from './presenters/problem.js';
import type { Route } from './route.js';

type Document = ReturnType<typeof createDocument>;

/** The OpenAPI document of exactly these routes, from the schemas that check their requests. */
export function openApiDocument({
  routes,
  publicUrl,
}: {
  routes: readonly Route[];
  publicUrl: string;
}): Document {
  const paths: NonNullable<ZodOpenApiObject['paths']> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Pillar for SmartRecruiters',
      version: '1.0.0',
      description:
        'Connects an organization’s SmartRecruiters to the Pillar notetaker. All times are epoch ' +
        'milliseconds. Errors are `application/problem+json` with a `code` from a closed list.',
    },
    servers: [{ url: publicUrl }],
    security: [],
    paths,
    components: {
      securitySchemes: {
        pillarToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const params = route.params === null ? {} : { path: route.params };
  const query = route.query === null ? {} : { query: route.query };
  const header = route.isCommand ? { header: commandHeaders } : {};
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    security: route.permission === null ? [] : [{ pillarToken: [] }],
    requestParams: { ...params, ...query, ...header },
    ...(route.body === null
      ? {}
      : { requestBody: { content: { 'application/json': { schema: route.body } } } }),
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

function answersOf(route: Route): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, schema, contentType, also }]) => [
      status,
      schema === null
        ? { description }
        : {
            description,
            content: contentOf({ [contentType ?? 'application/json']: schema, ...also }),
          },
    ]),
  );
}

function contentOf(schemas: Record<string, z.ZodType>) {
  return Object.fromEntries(
    Object.entries(schemas).map(([contentType, schema]) => [contentType, { schema }]),
  );
}

/** Every problem that a route can answer, by status, with the codes in the description. */
export function problemCodesOf(route: Route): ProblemCode[] {
  const isOpen = route.permission === null;
  const codes: ProblemCode[] = [
    ...(isOpen ? [] : (['unauthenticated', 'not_found', 'slow_down'] as const)),
    ...(isOpen ? [] : (['store_unavailable', 'sign_in_unavailable'] as const)),
    ...(route.permission === null || route.permission === 'read' ? [] : (['forbidden'] as const)),
    ...(route.query === null ? [] : (['invalid_query'] as const)),
    ...(route.isCommand || route.body !== null
      ? (['invalid_body', 'malformed_json', 'body_too_large', 'unsupported_media_type'] as const)
      : []),
    ...(route.isCommand
      ? ([
          'invalid_header',
          'idempotency_key_reused',
          'version_mismatch',
          'commands_unavailable',
        ] as const)
      : []),
    ...(route.rawBody ? (['not_found', 'body_too_large'] as const) : []),
    'internal_error',
    ...route.problems,
  ];
  return [...new Set(codes)];
}

function problemsOf(route: Route): ZodOpenApiOperationObject['responses'] {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemCodesOf(route)) {
    const { status } = problemRow({ code });
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => route.answers[status] === undefined)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\``).join(', '),
          content: { 'application/problem+json': { schema: problem } },
        },
      ]),
  );
}
