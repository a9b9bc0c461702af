import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebhookPoster } from '../../../activities/alerts/webhook-poster.js';

interface Receiver {
  url: string;
  got: { headers: IncomingHttpHeaders; body: string; path: string }[];
  close(): Promise<void>;
}

async function receiver(answer: (res: ServerResponse) => void): Promise<Receiver> {
  const got: Receiver['got'] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => void chunks.push(chunk));
    req.on('end', () => {
      got.push({
        headers: req.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        path: req.url ?? '',
      });
      answer(res);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    got,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const open: Receiver[] = [];
async function listening(answer: (res: ServerResponse) => void): Promise<Receiver> {
  const made = await receiver(answer);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const secret = 'whsec_c2VjcmV0LW9mLXBpbGxhcg==';
const post = { id: 'alert-1', body: { type: 'alert.missing', data: { reason: 'no_link' } } };

describe('a webhook to an address from the settings', () => {
  const poster = (addresses: string[]) =>
    createWebhookPoster({
      pillar: null,
      timeoutMs: 2_000,
      resolve: async () =>
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    });

  it.each([
    'http://hooks.acme.com/x',
    'https://127.0.0.1:8080/x',
    'https://localhost/x',
    'https://[::1]/x',
  ])('is refused for what it says: %s', async (url) => {
    expect(await poster(['8.8.8.8']).toCustomer({ ...post, url })).toEqual({
      kind: 'refused',
      why: 'not_public',
    });
  });

  it.each([
    [['127.0.0.1']],
    [['10.0.0.8']],
    [['::1']],
    [['169.254.169.254']],
    [['8.8.8.8', '192.168.0.1']],
    [[]],
  ])('is refused for where its name leads: %j', async (addresses) => {
    const local = await listening((res) => res.writeHead(200).end());
    const { port } = new URL(local.url);
    const url = `https://hooks.acme.com:${port}/x`;
    expect(await poster(addresses).toCustomer({ ...post, url })).toEqual({
      kind: 'refused',
      why: 'not_public',
    });
    expect(local.got).toEqual([]);
  });

  it('fails when its name cannot be looked up, and may be tried again', async () => {
    const away = createWebhookPoster({
      pillar: null,
      resolve: async () => {
        throw new Error('SERVFAIL');
      },
    });
    const result = await away.toCustomer({ ...post, url: 'https://hooks.acme.com/x' });
    expect(result).toEqual({ kind: 'failed', why: 'network' });
  });
});

describe('a webhook to Pillar', () => {
  const to = (url: string, timeoutMs = 5_000) => {
    const { toPillar } = createWebhookPoster({ pillar: { url, secret }, timeoutMs });
    if (toPillar === null) throw new Error('nobody listens');
    return toPillar(post);
  };

  it('fails on a 500, and is not repeated here', async () => {
    const broken = await listening((res) => res.writeHead(500).end('no'));
    expect(await to(broken.url)).toEqual({ kind: 'failed', why: 'status_500' });
    expect(broken.got).toHaveLength(1);
  });

  it('does not follow a redirect', async () => {
    const target = await listening((res) => res.writeHead(200).end());
    const turning = await listening((res) => res.writeHead(307, { location: target.url }).end());
    expect(await to(turning.url)).toEqual({ kind: 'failed', why: 'status_307' });
    expect(target.got).toEqual([]);
  });

  it('fails when nobody answers in time, or at all', async () => {
    const silent = await listening(() => undefined);
    expect(await to(silent.url, 200)).toEqual({ kind: 'failed', why: 'timeout' });
    const gone = await receiver(() => undefined);
    await gone.close();
    expect(await to(gone.url)).toEqual({ kind: 'failed', why: 'network' });
  });

  it('does not read an answer without end', async () => {
    const endless = await listening((res) => {
      res.writeHead(200);
      const more = () => {
        if (!res.destroyed) res.write('x'.repeat(65_536), () => setImmediate(more));
      };
      more();
    });
    expect(await to(endless.url)).toEqual({ kind: 'accepted' });
  });

  it('is signed as Standard Webhooks say', async () => {
    const listener = await listening((res) => res.writeHead(204).end());
    expect(await to(listener.url)).toEqual({ kind: 'accepted' });
    const [got] = listener.got;
    const timestamp = got?.headers['webhook-timestamp'];
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key)
      .update(`alert-1.${String(timestamp)}.${got?.body}`)
      .digest('base64');
    expect(got?.headers).toMatchObject({
      'webhook-id': 'alert-1',
      'webhook-signature': `v1,${signature}`,
      'content-type': 'application/json',
    });
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5);
    expect(JSON.parse(got?.body ?? '')).toEqual(post.body);
  });

  it('goes nowhere when nobody is configured', () => {
    expect(createWebhookPoster({ pillar: null }).toPillar).toBeNull();
  });
});
