import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base, harness } from './support/harness.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Settings</title>');
  await writeFile(join(folder, 'assets', 'main-1a2b.js'), 'export {};');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function withPage() {
  return harness({ page: { folder, tokenUrl: 'https://sign-in.pillar.example/token' } });
}

describe('the settings page', () => {
  it('is served at / and at each of its own addresses', async () => {
    const h = withPage();
    for (const path of ['/', '/interviews/int-1', '/settings']) {
      const answer = await h.request.get(path).set('accept', 'text/html');
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.text).toContain('<title>Settings</title>');
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
    const asset = await h.request.get('/assets/main-1a2b.js');
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  it('does not hide a wrong address of the API, nor answer programs with a page', async () => {
    const h = withPage();
    const api = await h.request.get(`${base}/nothing`).set('accept', 'text/html');
    expect([api.status, api.body.code]).toEqual([404, 'not_found']);
    const program = await h.request.get('/nothing').set('accept', 'application/json');
    expect([program.status, program.body.code]).toEqual([404, 'not_found']);
    const post = await h.request.post('/settings').set('accept', 'text/html');
    expect(post.status).toBe(404);
  });

  it('does not leave its folder', async () => {
    const h = withPage();
    for (const path of ['/..%2f..%2fetc%2fpasswd', '/%2e%2e/package.json', '/assets/%00']) {
      const answer = await h.request.get(path).set('accept', 'application/json');
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  it('may fetch from itself and from the sign-in, and nothing may frame it', async () => {
    const h = withPage();
    const answer = await h.request.get('/').set('accept', 'text/html');
    const policy = answer.headers['content-security-policy'];
    expect(policy).toContain("connect-src 'self' https://sign-in.pillar.example");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(answer.headers['x-powered-by']).toBeUndefined();
    const config = await h.request.get('/page-config.json');
    expect(config.body).toEqual({ tokenUrl: 'https://sign-in.pillar.example/token' });
  });

  it('is absent without a build, and the API answers all the same', async () => {
    const h = harness();
    const answer = await h.request.get('/').set('accept', 'text/html');
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    expect((await h.request.get('/healthz')).status).toBe(200);
  });

  it('does not ask browsers for https where it is served without', async () => {
    const h = harness({ publicUrl: 'http://127.0.0.1:8080' });
    const answer = await h.request.get('/healthz');
    expect(answer.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(answer.headers['strict-transport-security']).toBeUndefined();
  });
});
