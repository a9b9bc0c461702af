import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPillarNotetaker } from '../../../activities/notetaker/pillar.js';
import { NotetakerError } from '../../../activities/notetaker/port.js';

let server: Server;
let answer: RequestListener;
let requests: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  requests = [];
});

const bot = {
  id: 'bot-1',
  key: 'test:1',
  state: 'scheduled',
  outcome: null,
  subCode: null,
  joinAt: '2026-11-25T09:00:00Z',
  createdAt: '2026-11-24T09:00:00Z',
  facts: {
    joinedAt: null,
    recordingStartedAt: null,
    recordingEndedAt: null,
    endedAt: null,
    removedBy: null,
  },
  metadata: {},
  version: 1,
};

function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

function port(callTimeoutMs = 2_000) {
  const { port: number } = server.address() as AddressInfo;
  return createPillarNotetaker({
    apiUrl: `http://127.0.0.1:${number}/v1/`,
    apiKey: 'k',
    callTimeoutMs,
  });
}

function create(timeoutMs = 2_000) {
  return port().create({
    key: 'test:1',
    meetingUrl: 'https://zoom.us/j/84012345678',
    joinAt: 0,
    leaveAt: 60_000,
    botName: 'Notetaker',
    metadata: {},
    record: true,
    transcribe: false,
    timeoutMs,
  });
}

async function kindOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return error instanceof NotetakerError ? error.kind : 'other error';
  }
}

describe('answers that prove nothing about a create', () => {
  const problem = (status: number, code = 'some_code') =>
    json(status, { type: 'about:blank', title: 't', status, code });
  it.each<[string, RequestListener]>([
    ['a success without a bot', json(201, {})],
    ['the bot of another key', json(201, { ...bot, key: 'test:2' })],
    ['an id that is a path', json(201, { ...bot, id: '..' })],
    ['malformed JSON', json(201, '{"id":')],
    [
      'a refusal in HTML',
      (_request, response) =>
        response.writeHead(403, { 'content-type': 'text/html' }).end('<h1>no</h1>'),
    ],
    [
      'a limit in plain text',
      (_request, response) => response.writeHead(429, { 'retry-after': '1' }).end('slow'),
    ],
    ['a refusal that is no problem document', json(400, { message: 'no' })],
    [
      'a problem that speaks of another status',
      json(400, { status: 422, code: 'invalid_request' }),
    ],
    ['503 for another reason than capacity', problem(503, 'maintenance')],
    ['408', problem(408)],
    ['425', problem(425)],
    ['409', problem(409, 'key_reused')],
    ['502', problem(502)],
    ['a redirect', json(307, {}, { location: '/v1/elsewhere' })],
    [
      'an endless answer',
      (_request, response) => {
        response.writeHead(201, { 'content-type': 'application/json' });
        const chunk = 'x'.repeat(1 << 20);
        const write = () => {
          while (!response.destroyed && response.write(chunk)) {}
        };
        response.on('drain', write);
        write();
      },
    ],
  ])('%s', async (_case, given) => {
    answer = given;
    expect(await kindOf(create())).toBe('unknown_outcome');
    expect(requests).toEqual(['POST /v1/bots']);
  });

  it('an answer that stops in the middle', async () => {
    answer = (_request, response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.write('{"id":"bot-1",');
    };
    expect(await kindOf(create(100))).toBe('unknown_outcome');
  });

  it.each([400, 404, 413, 422])('but a problem document with %d is a refusal', async (status) => {
    answer = problem(status);
    expect(await kindOf(create())).toBe('refused');
  });
});

describe('tolerant reading', () => {
  it('takes an unknown state for one in which the bot is still there', async () => {
    answer = json(200, { ...bot, state: 'dancing', more: true });
    expect(await port().get({ botId: 'bot-1' })).toMatchObject({ state: 'joining', outcome: null });
  });

  it('bears an unknown outcome, missing facts and times that are none', async () => {
    answer = json(200, {
      ...bot,
      state: 'ended',
      outcome: 'new_word',
      facts: undefined,
      joinAt: 'soon',
    });
    expect(await port().get({ botId: 'bot-1' })).toMatchObject({
      state: 'ended',
      outcome: 'failed',
      joinedAt: null,
      removedBy: null,
      joinAt: null,
    });
  });

  it('does not take the bot of another key for the one that was looked for', async () => {
    answer = json(200, { items: [{ ...bot, key: 'test:10' }], nextCursor: null });
    expect(
      await port().findRequested({
        key: 'test:1',
        meetingUrl: 'https://zoom.us/j/84012345678',
        requestedAt: 0,
      }),
    ).toBeNull();
  });

  it('stops when the pages of a list repeat', async () => {
    answer = json(200, { items: [bot], nextCursor: 'same' });
    const read = async () => {
      for await (const listed of port().listActive({ keyPrefix: 'test:' })) {
        expect(listed.botId).toBe('bot-1');
      }
    };
    expect(await kindOf(read())).toBe('unavailable');
    expect(requests).toHaveLength(2);
  });

  it('counts a removal as told even if its answer cannot be read', async () => {
    answer = json(202, {});
    expect(await port().remove({ botId: 'bot-1' })).toBeNull();
  });
});
