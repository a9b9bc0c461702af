import { Ajv2020 } from 'ajv/dist/2020.js';
import { problemCodes } from '../../api/errors.js';
import { problemCodesOf } from '../../api/openapi.js';
import { attentionCodes } from '../../workflows/contracts/attention.js';
import { decisionCodes } from '../../workflows/contracts/decision.js';
import { installationDoc, interviewDoc } from './support/documents.js';
import { base, harness } from './support/harness.js';

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { enum?: string[]; properties?: Record<string, Schema> }> };
}

interface Schema {
  enum?: string[];
}

interface Operation {
  operationId: string;
  security: unknown[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

async function served() {
  const h = harness();
  const answer = await h.request.get('/openapi.json');
  expect(answer.status).toBe(200);
  return { ...h, document: answer.body as Document };
}

describe('the OpenAPI document', () => {
  it('has every route of the app, and the app has every one of its', async () => {
    const { app, document } = await served();
    const stack = (app.router as unknown as { stack: Layer[] }).stack;
    const mounted = stack.flatMap(({ route }) =>
      route === undefined
        ? []
        : Object.keys(route.methods).map(
            (method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`,
          ),
    );
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(mounted.length).toBeGreaterThan(25);
    expect(mounted.sort()).toEqual(described.sort());
  });

  it('names each operation once and says which need a token', async () => {
    const { document, routes } = await served();
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, security } of operations) {
      const route = routes.find((one) => one.operationId === operationId);
      expect([operationId, security.length > 0]).toEqual([operationId, route?.permission !== null]);
    }
  });

  it('has the closed lists as enumerations', async () => {
    const { document } = await served();
    const enumOf = (name: string, field: string) =>
      document.components.schemas[name]?.properties?.[field]?.enum;
    expect(enumOf('Problem', 'code')).toEqual(problemCodes);
    expect(enumOf('Decision', 'code')).toEqual(decisionCodes);
    expect(enumOf('Attention', 'code')).toEqual(attentionCodes);
    expect(document.components.schemas.LinkProvider?.enum).toEqual([
      'zoom',
      'google_meet',
      'microsoft_teams',
      'webex',
      'other',
    ]);
  });

  it('uses every problem code somewhere', async () => {
    const { routes } = await served();
    const used = new Set(routes.flatMap((route) => problemCodesOf(route)));
    expect(problemCodes.filter((code) => !used.has(code))).toEqual([]);
  });

  it('holds schemas that a validator compiles and that real answers satisfy', async () => {
    const h = await served();
    h.world.installations.push(installationDoc());
    h.world.interviews.push(interviewDoc());
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(h.document, 'document');
    const pointerTo = (path: string, method: string, status: number, type: string) =>
      ['document#/paths', path, method, 'responses', status, 'content', type, 'schema']
        .map((part, index) =>
          index === 0 ? part : encodeURIComponent(String(part).replaceAll('/', '~1')),
        )
        .join('/');
    const check = (pointer: string, value: unknown) => {
      const validate = ajv.getSchema(pointer);
      if (validate === undefined) throw new Error(`no schema at ${pointer}`);
      const isValid = validate(value);
      expect([pointer, isValid, validate.errors ?? []]).toEqual([pointer, true, []]);
    };
    const org = '/v1/organizations/{orgId}/smartrecruiters';
    const json = 'application/json';
    const get = async (path: string) => (await h.request.get(base + path).set(h.as('owner'))).body;
    check(pointerTo(org, 'get', 200, json), await get(''));
    check(pointerTo(`${org}/interviews`, 'get', 200, json), await get('/interviews'));
    check(pointerTo(`${org}/health`, 'get', 200, json), await get('/health'));
    check(
      pointerTo(`${org}/roles/{jobId}`, 'get', 404, 'application/problem+json'),
      await get('/roles/none'),
    );
    for (const [path, operations] of Object.entries(h.document.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        for (const [status, { content }] of Object.entries(responses)) {
          for (const type of Object.keys(content ?? {})) {
            expect(ajv.getSchema(pointerTo(path, method, Number(status), type))).toBeDefined();
          }
        }
      }
    }
  });

  it('is shown as a page of its own', async () => {
    const h = harness();
    const answer = await h.request.get('/docs/');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('swagger-ui');
  });
});
