import { startAttendeeSimulator } from '../../../sandbox/notetaker-vendors/attendee/simulator.js';
import type {
  CommonOptions,
  RoomBehaviour,
  VendorBot,
  VendorSimulator,
} from '../../../sandbox/notetaker-vendors/control.js';
import { startRecallSimulator } from '../../../sandbox/notetaker-vendors/recall/simulator.js';
import { startVexaSimulator } from '../../../sandbox/notetaker-vendors/vexa/simulator.js';
import { call, meet, startReceiver, until, zoom } from './support.js';

const secrets = {
  recall: `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`,
  attendee: Buffer.from('s'.repeat(32)).toString('base64'),
  vexa: 's',
};
type Options = CommonOptions & { webhookUrl?: string };
const vendors = {
  recall: (options: Options) => startRecallSimulator({ ...options, webhookSecret: secrets.recall }),
  attendee: (options: Options) =>
    startAttendeeSimulator({ ...options, webhookSecret: secrets.attendee }),
  vexa: (options: Options) => startVexaSimulator({ ...options, webhookSecret: secrets.vexa }),
};

describe.each(['recall', 'attendee', 'vexa'] as const)('%s', (name) => {
  let simulator: VendorSimulator;
  const start = async (options: Options = {}) => {
    simulator = await vendors[name]({ timeFactor: 200, tickMs: 2, ...options });
  };
  const path = name === 'recall' ? '/bot/' : '/bots';
  const create = (meetingUrl = meet, timeoutMs = 5000) =>
    call(simulator, 'POST', path, {
      body: { meeting_url: meetingUrl, bot_name: 'Notetaker' },
      timeoutMs,
    });
  const only = (): VendorBot => {
    const [bot] = simulator.control.bots();
    if (bot === undefined) {
      throw new Error('No bot was made.');
    }
    return bot;
  };
  const phaseIs = (phase: VendorBot['phase']) => until(() => only().phase === phase);

  afterEach(async () => {
    await simulator.close();
  });

  it('lives from the join to the end of the meeting', async () => {
    await start();
    await create();
    await phaseIs('recording');
    simulator.control.endMeeting(`${meet}?authuser=0`);
    await phaseIs('ended');
    const bot = only();
    expect(bot.endReason).toBe('meeting_ended');
    expect(bot.recordingEndedAt).toBeGreaterThanOrEqual(Number(bot.recordingStartedAt));
    expect(simulator.control.bot(bot.id)).toEqual(bot);
    expect(simulator.control.statistics()).toMatchObject({
      calls: { 'create 201': 1 },
      bots: 1,
      activeBots: 0,
      mostBotsInOneRoom: 1,
      secondBots: 0,
    });
  });

  it.each<[RoomBehaviour, string]>([
    [{ kind: 'deny' }, 'denied'],
    [{ kind: 'kick', afterMs: 100 }, 'kicked'],
    [{ kind: 'bad_link' }, 'bad_link'],
    [{ kind: 'fatal', during: 'lobby' }, 'fatal'],
  ])('does what the room says: %j', async (behaviour, reason) => {
    await start();
    simulator.control.setRoom(null, behaviour);
    await create();
    await phaseIs('ended');
    expect(only().endReason).toBe(reason);
  });

  it('waits in the lobby until it is let in, and can be thrown out', async () => {
    await start();
    simulator.control.setRoom(meet, { kind: 'lobby' });
    await create();
    await phaseIs('lobby');
    expect(() => simulator.control.kick(only().id)).toThrow('not in the call');
    simulator.control.admit(only().id);
    await phaseIs('recording');
    simulator.control.kick(only().id);
    await phaseIs('ended');
    expect(only().endReason).toBe('kicked');
  });

  it.each([
    ['rate_limited', 429],
    ['server_error', 503],
    ['unauthorized', 401],
    ['blocked', 403],
    ['gone', 404],
  ] as const)('refuses by %s without making a bot', async (kind, status) => {
    await start();
    simulator.control.faults({ on: 'create', kind });
    expect((await create()).status).toBe(status);
    expect(simulator.control.bots()).toHaveLength(0);
    expect(simulator.control.creates()).toMatchObject([{ fault: kind, botId: null }]);
    expect((await create()).status).toBe(201);
  });

  it.each(['accept_then_lose', 'accept_then_hang', 'late_answer'] as const)(
    'makes the bot although the client sees nothing: %s',
    async (kind) => {
      await start({ timeFactor: 1 });
      simulator.control.faults({ on: 'create', kind, delayMs: 1200 });
      await expect(create(meet, 600)).rejects.toThrow(/fetch failed|aborted/);
      expect(simulator.control.creates()).toMatchObject([{ status: 201, botId: only().id }]);
    },
  );

  it('makes the bot after the client has gone, when it hangs', async () => {
    await start({ timeFactor: 1 });
    simulator.control.faults({ on: 'any', kind: 'hang', delayMs: 1200, matching: meet });
    await expect(create(meet, 500)).rejects.toThrow('aborted');
    expect(simulator.control.bots()).toHaveLength(0);
    await until(() => simulator.control.bots().length === 1);
    simulator.control.faults({ on: 'create', kind: 'accept_then_error' });
    expect((await create(zoom)).status).toBe(500);
    expect(simulator.control.bots()).toHaveLength(2);
    simulator.control.faults({ on: 'create', kind: 'lose', times: Number.POSITIVE_INFINITY });
    await expect(create()).rejects.toThrow('fetch failed');
    simulator.control.clearFaults();
    expect(simulator.control.statistics().creates).toBe(3);
  });

  it('loses, doubles and disorders webhooks, and sends one for a bot that nobody ordered', async () => {
    const receiver = await startReceiver();
    await start({ timeFactor: 20, webhookUrl: receiver.url });
    simulator.control.webhooks({ mode: 'lose' });
    simulator.control.strayWebhook();
    expect(simulator.control.statistics().webhooks.suppressed).toBe(1);
    simulator.control.webhooks({ mode: 'duplicate' });
    const stray = simulator.control.strayWebhook();
    await until(() => receiver.received.length === 2);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
    expect(receiver.received[0]?.body).toContain(stray);
    simulator.control.webhooks({ mode: 'reorder' });
    const [first, second] = [simulator.control.strayWebhook(), simulator.control.strayWebhook()];
    await until(() => receiver.received.length === 4);
    expect(receiver.received[2]?.body).toContain(second);
    expect(receiver.received[3]?.body).toContain(first);
    await receiver.close();
  });

  it('says a state that nobody knows, in the API and by webhook', async () => {
    const receiver = await startReceiver();
    await start({ webhookUrl: receiver.url });
    simulator.control.setRoom(meet, { kind: 'lobby' });
    await create();
    await phaseIs('lobby');
    simulator.control.unknownState(only().id);
    expect(only().state).toBe('reticulating_splines');
    await until(() => receiver.received.some((one) => one.body.includes('reticulating_splines')));
    simulator.control.admit(only().id);
    await phaseIs('recording');
    expect(only().state).not.toBe('reticulating_splines');
    await receiver.close();
  });

  it('counts a second bot in a room wherever its vendor lets one in', async () => {
    await start();
    await create(zoom);
    const second = await create('https://zoom.us/j/84012345678');
    await until(() => simulator.control.bots().some((bot) => bot.phase === 'recording'));
    const { mostBotsInOneRoom } = simulator.control.statistics();
    expect([second.status, mostBotsInOneRoom]).toEqual(name === 'vexa' ? [409, 1] : [201, 2]);
    expect(simulator.control.secondBots()).toHaveLength(name === 'vexa' ? 0 : 1);
  });
});
