import { randomBytes } from 'node:crypto';
import { type Answer, type Handler, iso, Refusal, type VendorCall } from '../answers.js';
import { isInRoom } from '../bot-record.js';
import { roomNameOf } from '../meeting-links.js';
import { stateOf } from './life.js';
import { normalizeLink } from './links.js';
import { errorAnswer, notFound, tooManyBots } from './manners.js';
import { type CreateBody, leavePolicyOf, parseCreate, parsePatch } from './requests.js';
import type { AttendeeBot, AttendeeCore, AttendeeOptions } from './types.js';

/** The bot object; its name is not returned. */
export function botView(bot: AttendeeBot): Record<string, unknown> {
  const hasEnded = bot.phase === 'ended';
  const progress = () => {
    if (bot.recordingStartedAt === null) {
      return 'not_started';
    }
    return hasEnded ? 'complete' : 'in_progress';
  };
  return {
    id: bot.id,
    metadata: bot.metadata,
    meeting_url: bot.own.normalizedUrl,
    state: stateOf(bot),
    events: bot.own.events,
    transcription_state: progress(),
    recording_state: progress(),
    join_at: iso(bot.joinAt),
    deduplication_key: bot.deduplicationKey,
  };
}

/** @throws {Refusal} 404 */
export function findBot(core: AttendeeCore, call: VendorCall): AttendeeBot {
  const bot = core.bots.get(call.params.id ?? '');
  if (bot === null || bot.endReason === 'deleted') {
    throw new Refusal(notFound);
  }
  return bot;
}

export interface AttendeeBotCalls {
  create: Handler;
  patch: Handler;
  delete: Handler;
  leave: Handler;
  deleteData: Handler;
}

export function createAttendeeBotCalls(input: {
  core: AttendeeCore;
  options: AttendeeOptions;
  /** The number of the scheduler's look that is under way. */
  pass: (now: number) => number;
  /** Called for a bot that joins at once. */
  onCreated: (bot: AttendeeBot) => void;
}): AttendeeBotCalls {
  const { core, options, pass, onCreated } = input;
  const { bots } = core;

  function refuseCreate(body: CreateBody): Answer | null {
    const inMeetings = bots.active().filter(isInRoom).length;
    if (inMeetings >= (options.maxConcurrent ?? 2500)) {
      return tooManyBots;
    }
    const key = body.deduplication_key ?? null;
    if (key !== null && bots.active().some((bot) => bot.deduplicationKey === key)) {
      return errorAnswer(
        'Deduplication key already in use. A bot in a non-terminal state with this deduplication key already exists. Please use a different deduplication key or wait for that bot to terminate.',
      );
    }
    const isZoom = roomNameOf(body.meeting_url).startsWith('zoom:');
    return isZoom && options.hasZoomCredentials === false
      ? errorAnswer('Zoom App credentials are required to create a Zoom bot.')
      : null;
  }

  return {
    create(call) {
      const body = parseCreate(call, { plainHttpWebhooks: options.plainHttpWebhooks ?? false });
      const refused = refuseCreate(body);
      if (refused !== null) {
        throw new Refusal(refused);
      }
      const joinAt = body.join_at ?? null;
      const bot = bots.add({
        id: `bot_${randomBytes(8).toString('hex')}`,
        meetingUrl: body.meeting_url,
        room: roomNameOf(body.meeting_url),
        name: body.bot_name,
        joinAt,
        metadata: body.metadata ?? {},
        deduplicationKey: body.deduplication_key ?? null,
        records: true,
        leave: leavePolicyOf(body.automatic_leave_settings),
        phase: joinAt === null ? 'joining' : 'scheduled',
        own: {
          normalizedUrl: normalizeLink(body.meeting_url) ?? body.meeting_url,
          events: [],
          stateOverride: null,
          subscriptions: body.webhooks ?? null,
          makesFile: body.recording_settings?.format !== 'none',
          seenPass: pass(Date.now()),
          launchLeadMs: Math.random() * 10_000,
        },
      });
      if (joinAt === null) {
        onCreated(bot);
      }
      return { status: 201, body: botView(bot) };
    },
    patch(call) {
      const bot = findBot(core, call);
      const { metadata, ...body } = parsePatch(call);
      const isMetadataOnly = metadata !== undefined && Object.keys(body).length === 0;
      if (bot.phase !== 'scheduled' && !isMetadataOnly) {
        throw new Refusal(
          errorAnswer(
            `Bot is in state ${stateOf(bot)} but can only be updated when in state scheduled`,
          ),
        );
      }
      bot.metadata = metadata ?? bot.metadata;
      bot.joinAt = body.join_at ?? bot.joinAt;
      bot.name = body.bot_name ?? bot.name;
      if (body.meeting_url !== undefined) {
        bot.meetingUrl = body.meeting_url;
        bot.room = roomNameOf(body.meeting_url);
        bot.own.normalizedUrl = normalizeLink(body.meeting_url) ?? body.meeting_url;
      }
      if (body.recording_settings !== undefined) {
        bot.own.makesFile = body.recording_settings.format !== 'none';
      }
      return { status: 200, body: botView(bot) };
    },
    delete(call) {
      const bot = findBot(core, call);
      if (bot.phase !== 'scheduled') {
        throw new Refusal(
          errorAnswer(
            `Bot is in state ${stateOf(bot)} but can only be deleted when in state scheduled`,
          ),
        );
      }
      bots.forget(bot);
      return { status: 200 };
    },
    leave(call) {
      const bot = findBot(core, call);
      if (!isInRoom(bot) || bot.phase === 'leaving') {
        throw new Refusal(
          errorAnswer(
            `Event leave_requested not allowed when bot is in state ${stateOf(bot)}. It is only allowed in these states: joining, waiting_room, joined_not_recording, joined_recording, joined_recording_paused, joined_recording_permission_denied`,
          ),
        );
      }
      bots.step(bot, { phase: 'leaving', reason: 'asked_to_leave' });
      return { status: 200, body: botView(bot) };
    },
    deleteData(call) {
      const bot = findBot(core, call);
      if (bot.phase !== 'ended') {
        throw new Refusal(
          errorAnswer(`Event data_deleted not allowed when bot is in state ${stateOf(bot)}.`),
        );
      }
      bot.own.stateOverride = 'data_deleted';
      return { status: 200, body: botView(bot) };
    },
  };
}
