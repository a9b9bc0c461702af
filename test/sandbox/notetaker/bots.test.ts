import type { NotetakerSimulator } from '../../../sandbox/notetaker/simulator.js';
import { call, inAnHour, order, start, until, untilState } from './support.js';

let simulator: NotetakerSimulator;

beforeEach(async () => {
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
});

describe('one key, one bot', () => {
  it('makes one bot of a hundred concurrent creates', async () => {
    const body = order({ joinAt: inAnHour() });
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => call(simulator, 'POST', '/bots', body)),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(99);
    expect(await simulator.control.bots()).toHaveLength(1);
    expect(await simulator.control.creates()).toHaveLength(100);
  });

  it('refuses the key with another body', async () => {
    await call(simulator, 'POST', '/bots', order({ joinAt: inAnHour() }));
    const other = await call(simulator, 'POST', '/bots', order({ botName: 'Somebody' }));
    expect([other.status, other.body.code]).toEqual([409, 'key_reused']);
    expect(other.headers.get('content-type')).toContain('application/problem+json');
  });

  it('answers the ended bot for its key', async () => {
    const body = order({ joinAt: inAnHour() });
    const { body: bot } = await call(simulator, 'POST', '/bots', body);
    await call(simulator, 'DELETE', `/bots/${bot.id}`);
    const again = await call(simulator, 'POST', '/bots', body);
    expect([again.status, again.body.id, again.body.state]).toEqual([200, bot.id, 'ended']);
  });
});

describe('refusals', () => {
  it.each([
    ['no key', { key: '' }],
    ['a strange member', { colour: 'blue' }],
    ['a link that is none', { meetingUrl: 'call me' }],
    ['a time that is none', { joinAt: 'soon' }],
    ['a leave before the join', { leaveAt: '2020-01-01T00:00:00Z' }],
    ['metadata that are no text', { metadata: { a: 1 } }],
  ])('answers 422 for %s', async (_name, changes) => {
    const answer = await call(simulator, 'POST', '/bots', order(changes));
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request']);
    expect(answer.body.errors.length).toBeGreaterThan(0);
    expect(await simulator.control.bots()).toHaveLength(0);
  });

  it('answers 422 for a body that is not JSON and 401 without the key', async () => {
    const url = `${simulator.apiUrl}/bots`;
    const headers = { 'content-type': 'application/json', authorization: 'Bearer test-key' };
    const broken = await fetch(url, { method: 'POST', headers, body: '{' });
    expect(broken.status).toBe(422);
    const stranger = await fetch(url, { headers: { authorization: 'Bearer other' } });
    expect(stranger.status).toBe(401);
  });

  it('answers 404 for unknown bots and 422 for key with keyPrefix', async () => {
    expect((await call(simulator, 'GET', '/bots/none')).body.code).toBe('not_found');
    expect((await call(simulator, 'DELETE', '/bots/none')).status).toBe(404);
    expect((await call(simulator, 'GET', '/bots?key=a&keyPrefix=b')).status).toBe(422);
  });

  it('limits creates by the minute', async () => {
    await simulator.close();
    simulator = await start({ createsPerMinute: 2 });
    const statuses: number[] = [];
    for (const key of ['a', 'b', 'c']) {
      const answer = await call(simulator, 'POST', '/bots', order({ key, joinAt: inAnHour() }));
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([201, 201, 429]);
  });
});

describe('moving', () => {
  it('moves a scheduled bot and compares later creates with the first order', async () => {
    const body = order({ joinAt: inAnHour() });
    const { body: bot } = await call(simulator, 'POST', '/bots', body);
    const meetingUrl = 'https://zoom.us/j/84012345678';
    const moved = await call(simulator, 'PATCH', `/bots/${bot.id}`, { meetingUrl });
    expect([moved.status, moved.body.meetingUrl, moved.body.version]).toEqual([200, meetingUrl, 2]);
    const again = await call(simulator, 'POST', '/bots', body);
    expect([again.status, again.body.id]).toEqual([200, bot.id]);
  });

  it('refuses once the bot has started', async () => {
    const { body: bot } = await call(simulator, 'POST', '/bots', order());
    await untilState(simulator, bot.id, 'recording');
    const moved = await call(simulator, 'PATCH', `/bots/${bot.id}`, { joinAt: inAnHour() });
    expect([moved.status, moved.body.code]).toEqual([409, 'wrong_state']);
  });
});

describe('removing', () => {
  it('ends a scheduled bot at once', async () => {
    const { body: bot } = await call(simulator, 'POST', '/bots', order({ joinAt: inAnHour() }));
    const removed = await call(simulator, 'DELETE', `/bots/${bot.id}`);
    expect([removed.status, removed.body.state, removed.body.outcome]).toEqual([
      202,
      'ended',
      'cancelled',
    ]);
    const again = await call(simulator, 'DELETE', `/bots/${bot.id}`);
    expect([again.status, again.body.version]).toEqual([200, removed.body.version]);
  });

  it.each([
    ['starting', 'cancelled'],
    ['joining', 'cancelled'],
    ['waiting_room', 'cancelled'],
    ['in_call', 'attended_not_recorded'],
    ['recording', 'attended_recorded'],
    ['leaving', 'attended_recorded'],
    ['processing', 'attended_recorded'],
  ])('takes back a bot that is %s', async (state, outcome) => {
    await simulator.close();
    // Each state lasts long enough for a busy machine to meet it.
    simulator = await start({ pace: { stepMs: 400, longestWaitMs: 5000, tickMs: 5 } });
    const { body: bot } = await call(simulator, 'POST', '/bots', order());
    if (state === 'leaving' || state === 'processing') {
      await untilState(simulator, bot.id, 'recording');
      await simulator.control.endMeeting({ meetingUrl: bot.meetingUrl });
    }
    await untilState(simulator, bot.id, state);
    const removed = await call(simulator, 'DELETE', `/bots/${bot.id}`);
    expect(removed.status).toBe(202);
    expect(removed.body.state).toBe(state === 'processing' ? 'processing' : 'leaving');
    const ended = await untilState(simulator, bot.id, 'ended');
    expect(ended.outcome).toBe(outcome);
    expect((await call(simulator, 'DELETE', `/bots/${bot.id}`)).status).toBe(200);
  });

  it('keeps a bot in the room while its removal is slow', async () => {
    const scenario = { kind: 'admit', removalMs: 400 } as const;
    await simulator.control.setScenario({ scenario });
    const { body: bot } = await call(simulator, 'POST', '/bots', order());
    await untilState(simulator, bot.id, 'recording');
    await call(simulator, 'DELETE', `/bots/${bot.id}`);
    await untilState(simulator, bot.id, 'ended');
    const [record] = await simulator.control.bots();
    const at = (state: string) => record?.history.find((one) => one.state === state)?.at ?? 0;
    expect(at('processing') - at('leaving')).toBeGreaterThanOrEqual(400);
  });
});

describe('listing', () => {
  it('walks the pages of a prefix without losing or repeating a bot', async () => {
    for (const key of ['x:1', 'x:2', 'y:1', 'x:3', 'x:4', 'x:5']) {
      await call(simulator, 'POST', '/bots', order({ key, joinAt: inAnHour() }));
    }
    const keys: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await call(simulator, 'GET', `/bots?keyPrefix=x:&limit=2${query}`);
      keys.push(...body.items.map((bot) => bot.key));
      cursor = body.nextCursor;
      pages += 1;
      if (pages === 1) {
        await call(simulator, 'DELETE', `/bots/${body.items[0]?.id}`);
      }
    } while (cursor !== null);
    expect(keys).toEqual(['x:1', 'x:2', 'x:3', 'x:4', 'x:5']);
    expect(pages).toBe(3);
    const active = await call(simulator, 'GET', '/bots?keyPrefix=x:&active=true');
    expect(active.body.items).toHaveLength(4);
    const exact = await call(simulator, 'GET', '/bots?key=x:1');
    expect(exact.body.items.map((bot) => bot.state)).toEqual(['ended']);
  });
});

describe('second bots', () => {
  it('names two bots that were in one room at once, whatever their query', async () => {
    const first = 'https://zoom.us/j/84012345678?pwd=a';
    await call(simulator, 'POST', '/bots', order({ key: 'a', meetingUrl: first }));
    const second = 'https://zoom.us/j/84012345678?pwd=b';
    await call(simulator, 'POST', '/bots', order({ key: 'b', meetingUrl: second }));
    const pair = await until(async () => {
      const [found] = await simulator.control.secondBots();
      return found?.kind === 'in_room' && found;
    });
    expect([pair.room, pair.keys, pair.until]).toEqual([
      'https://zoom.us/j/84012345678',
      ['a', 'b'],
      null,
    ]);
  });

  it('tells two that are only ordered for one room from two that are in it', async () => {
    const { body } = await call(simulator, 'POST', '/bots', order({ joinAt: inAnHour() }));
    await call(simulator, 'POST', '/bots', order({ key: 'b', joinAt: inAnHour() }));
    const [pair] = await simulator.control.secondBots();
    expect([pair?.kind, pair?.until]).toEqual(['outstanding', null]);
    await call(simulator, 'PATCH', `/bots/${body.id}`, {
      meetingUrl: 'https://zoom.us/j/8401234567',
    });
    expect(await simulator.control.secondBots()).toEqual([]);
  });

  it('names none when the second comes after the first has left', async () => {
    const { body: first } = await call(simulator, 'POST', '/bots', order({ key: 'a' }));
    await untilState(simulator, first.id, 'recording');
    await call(simulator, 'DELETE', `/bots/${first.id}`);
    await untilState(simulator, first.id, 'ended');
    await call(simulator, 'POST', '/bots', order({ key: 'b' }));
    await until(async () => (await simulator.control.bots()).at(-1)?.state === 'recording');
    expect(await simulator.control.secondBots()).toEqual([]);
  });
});
