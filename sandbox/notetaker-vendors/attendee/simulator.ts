import { randomBytes } from 'node:crypto';
import type { Phase, VendorSimulator } from '../control.js';
import { createVendorControl, createVendorCore, runVendor } from '../vendor-core.js';
import type { VendorRoute } from '../vendor-server.js';
import { botView, createAttendeeBotCalls, findBot } from './bot-calls.js';
import { attendeeLife, createLaunch, eventOf, stateOf } from './life.js';
import { createAttendeeManners } from './manners.js';
import { PythonFloat, type PythonValue } from './python-json.js';
import { listBots, readMedia, readRecording, readTranscript } from './readings.js';
import type { AttendeeBot, AttendeeCore, AttendeeOptions } from './types.js';
import { attendeeWebhookRules, createAttendeeNotices } from './webhooks.js';

export type { AttendeeOptions } from './types.js';

/** Python's microseconds. */
const timestamp = () => new Date().toISOString().replace('Z', '000Z');
/** Hundredths of an hour, rounded up. */
const hundredths = (seconds: number) => Math.ceil(seconds / 36) / 100;

/** Starts an Attendee as `notetaker-providers.md` 2 describes it, on loopback. */
export async function startAttendeeSimulator(
  options: AttendeeOptions = {},
): Promise<VendorSimulator> {
  const timeFactor = options.timeFactor ?? 1;
  const { launch, pass } = createLaunch({
    timeFactor,
    everyMs: options.schedulerEveryMs ?? 60_000,
  });

  function metadataOf(bot: AttendeeBot): { [key: string]: PythonValue } {
    if (bot.phase !== 'ended') {
      return bot.endReason === 'kicked' && bot.phase === 'processing'
        ? { remover_name: 'Ines Interviewer' }
        : {};
    }
    const beganAt = bot.history.find((entry) => entry.phase === 'joining')?.at;
    const runMs = beganAt === undefined ? 0 : (bot.endedAt ?? beganAt) - beganAt;
    const seconds = Math.round((runMs * timeFactor) / 1000);
    return options.chargesCredits === false
      ? { bot_duration_seconds: seconds }
      : {
          bot_duration_seconds: seconds,
          credits_consumed: new PythonFloat((options.creditsOf ?? hundredths)(seconds)),
        };
  }

  function record(bot: AttendeeBot, event: { type: string; subType: string | null }, old: string) {
    const createdAt = timestamp();
    bot.own.events.push({ type: event.type, sub_type: event.subType, created_at: createdAt });
    notices.stateChange(
      { id: bot.id, metadata: bot.metadata, subscriptions: bot.own.subscriptions },
      {
        newState: stateOf(bot),
        oldState: old,
        createdAt,
        eventType: event.type,
        eventSubType: event.subType,
        eventMetadata: metadataOf(bot),
      },
    );
  }

  function onStep(bot: AttendeeBot, from: Phase): void {
    const old = bot.own.stateOverride ?? stateOf({ ...bot, phase: from });
    bot.own.stateOverride = null;
    record(bot, eventOf(bot, from), old);
  }

  const core: AttendeeCore = createVendorCore({
    options,
    profile: attendeeLife(launch),
    webhookRules: attendeeWebhookRules,
    onStep,
  });
  const notices = createAttendeeNotices({
    queue: core.webhooks,
    url: options.webhookUrl ?? null,
    secret: options.webhookSecret ?? randomBytes(32).toString('base64'),
  });
  const calls = createAttendeeBotCalls({
    core,
    options,
    pass,
    onCreated: (bot) => record(bot, { type: 'join_requested', subType: null }, 'ready'),
  });
  const base = '/api/v1';
  const bot = `${base}/bots/:id`;
  const routes: VendorRoute[] = [
    { operation: 'create', method: 'post', path: `${base}/bots`, run: calls.create },
    { operation: 'list', method: 'get', path: `${base}/bots`, run: (call) => listBots(core, call) },
    {
      operation: 'get',
      method: 'get',
      path: bot,
      run: (call) => ({ status: 200, body: botView(findBot(core, call)) }),
    },
    { operation: 'update', method: 'patch', path: bot, run: calls.patch },
    { operation: 'delete', method: 'delete', path: bot, run: calls.delete },
    { operation: 'leave', method: 'post', path: `${bot}/leave`, run: calls.leave },
    { operation: 'artifact', method: 'post', path: `${bot}/delete_data`, run: calls.deleteData },
    {
      operation: 'artifact',
      method: 'get',
      path: `${bot}/recording`,
      run: (call) => readRecording(core, call),
    },
    {
      operation: 'artifact',
      method: 'get',
      path: `${bot}/transcript`,
      run: (call) => readTranscript(core, call),
    },
    { operation: 'artifact', method: 'get', path: '/media/:file', run: readMedia, isOpen: true },
  ];
  const manners = createAttendeeManners(options);
  const server = await runVendor({ core, options, routes, manners });
  const control = createVendorControl(core, {
    provider: 'attendee',
    stateOf,
    setWebhookUrl: notices.setUrl,
    strayWebhook() {
      const id = `bot_${randomBytes(8).toString('hex')}`;
      notices.stateChange(
        { id, metadata: {}, subscriptions: null },
        {
          newState: 'joining',
          oldState: 'ready',
          createdAt: timestamp(),
          eventType: 'join_requested',
          eventSubType: null,
          eventMetadata: {},
        },
      );
      return id;
    },
    unknownState(known, state) {
      const old = stateOf(known);
      known.own.stateOverride = state;
      record(known, { type: state, subType: null }, old);
    },
  });
  return { apiUrl: `${server.origin}${base}`, control, close: server.close };
}
