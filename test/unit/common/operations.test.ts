import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPayloadConverter } from '@temporalio/common';
import express from 'express';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createCodecEndpoint } from '../../../common/codec-endpoint.js';
import { createEncryptionCodec } from '../../../common/encryption-codec.js';
import { createMetrics, statusClass } from '../../../common/metrics.js';
import { createOperationsApp, type Readiness } from '../../../common/operations-server.js';
import { keyRingOf } from './fixtures.js';

const servers: Server[] = [];

/** Listens on a free loopback port; returns the base URL. */
const listen = async (handler: Parameters<typeof createServer>[1]): Promise<string> => {
  const server = createServer(handler ?? (() => undefined)).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const token = 'operations-token-0123456789';
const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

describe('the operations server', () => {
  const ready = async (): Promise<Readiness> => ({ ready: true, checks: { mongodb: true } });
  const app = (changes: Partial<Parameters<typeof createOperationsApp>[0]> = {}) =>
    listen(createOperationsApp({ metrics: createMetrics(), readiness: ready, token, ...changes }));

  it('keeps metrics behind the token', async () => {
    const base = await app();
    for (const headers of [{}, bearer('wrong'), { authorization: token }]) {
      expect((await fetch(`${base}/metrics`, { headers })).status).toBe(401);
    }
    expect((await fetch(`${base}/metrics`, { headers: bearer(token) })).status).toBe(200);
  });

  it('shows the metrics that were counted, without a token when none is set', async () => {
    const metrics = createMetrics();
    metrics.vendorRequests.inc({ endpoint: 'interviews', status: statusClass(200) });
    metrics.vendorRequests.inc({ endpoint: 'interviews', status: statusClass(null) });
    const answer = await fetch(`${await app({ metrics, token: null })}/metrics`);
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('pillar_vendor_requests_total{endpoint="interviews",status="2xx"} 1');
    expect(text).toContain('status="none"} 1');
  });

  it('has names with our prefix and no label that holds an id', async () => {
    for (const metric of await createMetrics().registry.getMetricsAsJSON()) {
      expect(metric.name).toMatch(/^pillar_/);
    }
    const labels = Object.values(createMetrics()).flatMap((metric) =>
      'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [],
    );
    expect(labels.length).toBeGreaterThan(20);
    expect(labels.filter((label) => /id$/i.test(String(label)))).toEqual([]);
  });

  it('answers health without a token', async () => {
    const base = await app();
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${base}/readyz`)).json()).toEqual({
      ready: true,
      checks: { mongodb: true },
    });
  });

  it('says 503 with the failing check, also when the check itself fails', async () => {
    const down = await app({
      readiness: async () => ({ ready: false, checks: { mongodb: false, temporal: true } }),
    });
    const answer = await fetch(`${down}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ checks: { mongodb: false, temporal: true } });
    const broken = await app({ readiness: () => Promise.reject(new Error('password=x')) });
    const brokenAnswer = await fetch(`${broken}/readyz`);
    expect(brokenAnswer.status).toBe(503);
    expect(await brokenAnswer.text()).not.toContain('password');
  });
});

describe('the codec endpoint', () => {
  const keys = keyRingOf('k1');
  const codec = createEncryptionCodec({ keys });
  const uiOrigin = 'http://127.0.0.1:8233';

  const endpoint = (changes: Partial<Parameters<typeof createCodecEndpoint>[0]> = {}) => {
    const extra = createCodecEndpoint({
      codec,
      operationsToken: token,
      jwksUrl: null,
      allowAnonymousFrom: null,
      ...changes,
    });
    const readiness = async () => ({ ready: true, checks: {} });
    return listen(createOperationsApp({ metrics: createMetrics(), readiness, extra, token }));
  };

  const sealedBody = async () => {
    const [sealed] = await codec.encode([defaultPayloadConverter.toPayload({ orgId: 'org-1' })]);
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    return JSON.stringify({
      payloads: [
        {
          metadata: Object.fromEntries(
            Object.entries(sealed?.metadata ?? {}).map(([name, value]) => [name, base64(value)]),
          ),
          data: base64(sealed?.data ?? new Uint8Array()),
        },
      ],
    });
  };

  const post = async (url: string, headers: Record<string, string>, body?: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
      body: body ?? (await sealedBody()),
    });

  const signIn = async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'ui', alg: 'ES256' };
    const jwksUrl = await listen((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    const sign = (key = privateKey, expires: string | null = '5m') => {
      const jwt = new SignJWT({ sub: 'operator' }).setProtectedHeader({ alg: 'ES256', kid: 'ui' });
      return (expires === null ? jwt : jwt.setExpirationTime(expires)).sign(key);
    };
    return { jwksUrl, sign };
  };

  it('refuses who has no permission', async () => {
    const base = await endpoint();
    for (const headers of [
      {},
      bearer('wrong'),
      { origin: uiOrigin },
      { authorization: 'Basic eDp5' },
    ]) {
      for (const path of ['/decode', '/encode']) {
        const answer = await post(`${base}${path}`, headers as Record<string, string>);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
  });

  it('decodes and encodes for the operations token', async () => {
    const base = await endpoint();
    const decoded = await post(`${base}/decode`, bearer(token));
    expect(decoded.status).toBe(200);
    expect(decoded.headers.get('cache-control')).toBe('no-store');
    const clear = await decoded.text();
    const [payload] = JSON.parse(clear).payloads;
    expect(Buffer.from(payload.metadata.encoding, 'base64').toString()).toBe('json/plain');
    expect(Buffer.from(payload.data, 'base64').toString()).toBe('{"orgId":"org-1"}');

    const encoded = await (await post(`${base}/encode`, bearer(token), clear)).text();
    expect(encoded).not.toBe(clear);
    const again = await post(`${base}/decode`, bearer(token), encoded);
    expect(await again.text()).toBe(clear);
  });

  it('takes the access token of the sign-in, and only a valid one', async () => {
    const { jwksUrl, sign } = await signIn();
    const base = await endpoint({ jwksUrl });
    const stranger = await generateKeyPair('ES256');
    const refused = [await sign(stranger.privateKey), await sign(undefined, '-5m')];
    for (const jwt of [...refused, await sign(undefined, null), 'a.b.c']) {
      expect((await post(`${base}/decode`, bearer(jwt))).status).toBe(401);
    }
    const answer = await post(`${base}/decode`, {
      ...bearer(await sign()),
      origin: 'https://ui.example',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://ui.example');
  });

  it('says 503 when the keys of the sign-in cannot be had, and still takes the operations token', async () => {
    const { sign } = await signIn();
    const jwksUrl = await listen((_request, response) => {
      response.statusCode = 500;
      response.end();
    });
    const base = await endpoint({ jwksUrl });
    expect((await post(`${base}/decode`, bearer(await sign()))).status).toBe(503);
    expect((await post(`${base}/decode`, bearer(token))).status).toBe(200);
  });

  it('lets only the named origin in without a token', async () => {
    const base = await endpoint({ operationsToken: null, allowAnonymousFrom: uiOrigin });
    expect((await post(`${base}/decode`, {})).status).toBe(401);
    expect((await post(`${base}/decode`, { origin: 'http://evil.example' })).status).toBe(401);
    expect((await post(`${base}/decode`, { origin: uiOrigin, ...bearer('wrong') })).status).toBe(
      401,
    );
    const answer = await post(`${base}/decode`, { origin: uiOrigin });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(uiOrigin);
  });

  it('answers a preflight with the namespace header, to the named origin only', async () => {
    const base = await endpoint({ allowAnonymousFrom: uiOrigin });
    const preflight = (origin: string) =>
      fetch(`${base}/decode`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-headers': 'content-type,x-namespace' },
      });
    const answer = await preflight(uiOrigin);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(uiOrigin);
    expect(answer.headers.get('access-control-allow-headers')).toContain('X-Namespace');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const stranger = await preflight('http://evil.example');
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['no JSON', '{', 400],
    ['no payloads', '{"payloads":1}', 400],
    ['data that is not base64', '{"payloads":[{"data":"%"}]}', 400],
  ])('answers %s with a fault and without a stack trace', async (_what, body, status) => {
    const answer = await post(`${await endpoint()}/decode`, bearer(token), body);
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain('at ');
  });

  it('answers a payload of an unknown key with 422', async () => {
    const other = createEncryptionCodec({ keys: keyRingOf('k2') });
    const answer = await post(`${await endpoint({ codec: other })}/decode`, bearer(token));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('"k1"') });
  });

  it('leaves other paths to the application', async () => {
    const app = express().use(
      createCodecEndpoint({
        codec,
        operationsToken: token,
        jwksUrl: null,
        allowAnonymousFrom: null,
      }),
    );
    app.get('/other', (_request, response) => void response.send('here'));
    expect(await (await fetch(`${await listen(app)}/other`)).text()).toBe('here');
  });
});
