import { randomUUID } from 'node:crypto';
import { type Handler, Refusal, type VendorCall } from '../answers.js';
import { isInRoom } from '../bot-record.js';
import { roomNameOf } from '../meeting-links.js';
import { addStatus } from './life.js';
import { commandRefused, methodNotAllowed, notFound, poolEmpty } from './manners.js';
import { leavePolicyOf, parseCreate, parsePatch, recordingConfigOf } from './requests.js';
import type { RecallBot, RecallCore, RecallOptions } from './types.js';
import { botView } from './views.js';

const minuteMs = 60_000;
/** So long before `join_at` a scheduled bot's machine is up and no longer takes changes. */
const machineLeadMs = 2 * minuteMs;

const badRequest = (code: string, detail: string) =>
  new Refusal({ status: 400, body: { code, detail } });

export interface RecallBotCalls {
  create: Handler;
  patch: Handler;
  delete: Handler;
  leave: Handler;
  get: Handler;
  deleteMedia: Handler;
}

/** The calls on single bots, `POST /bot/` among them. */
export function createRecallBotCalls(core: RecallCore, options: RecallOptions): RecallBotCalls {
  const { bots, timeFactor } = core;
  const vendorMs = (ms: number) => ms / timeFactor;
  const isFarOut = (joinAt: number) => joinAt > Date.now() + vendorMs(10 * minuteMs);
  const nearWindow = options.nearWindow ?? 'delete';

  function find(call: VendorCall): RecallBot {
    const bot = bots.get(call.params.id ?? '');
    if (bot === null || bot.endReason === 'deleted') {
      throw new Refusal(notFound);
    }
    return bot;
  }

  function takesBack(bot: RecallBot, by: 'delete' | 'leave'): boolean {
    if (bot.phase !== 'scheduled') {
      return by === 'leave';
    }
    return isFarOut(bot.joinAt ?? 0) ? by === 'delete' : by === nearWindow;
  }

  return {
    create(call) {
      const body = parseCreate(call);
      const joinAt = body.join_at ? Date.parse(body.join_at) : null;
      const isAdHoc = joinAt === null || !isFarOut(joinAt);
      if (isAdHoc && options.adHocPool !== undefined) {
        const inUse = bots.active().filter((bot) => bot.own.isAdHoc).length;
        if (inUse >= options.adHocPool) {
          throw new Refusal(poolEmpty);
        }
      }
      const recordingConfig = recordingConfigOf(body.recording_config);
      const bot = bots.add({
        id: randomUUID(),
        meetingUrl: body.meeting_url,
        room: roomNameOf(body.meeting_url),
        name: body.bot_name ?? 'Meeting Notetaker',
        joinAt,
        metadata: body.metadata ?? {},
        deduplicationKey: null,
        records: !recordingConfig.startsByHand,
        leave: leavePolicyOf(body.automatic_leave),
        phase: 'scheduled',
        own: {
          isAdHoc,
          recordingConfig,
          automaticLeave: body.automatic_leave ?? {},
          statusChanges: [],
          recording: null,
        },
      });
      addStatus({ bot, code: 'ready', subCode: null, notices: null });
      return { status: 201, body: botView(bot, call.origin) };
    },
    patch(call) {
      const bot = find(call);
      const body = parsePatch(call);
      if (bot.phase !== 'scheduled') {
        throw badRequest('update_bot_failed', 'Cannot update a bot without join call task.');
      }
      const joinAt = body.join_at ? Date.parse(body.join_at) : null;
      if (joinAt !== null && !isFarOut(joinAt)) {
        throw badRequest('update_bot_failed', 'join_at must be more than 10 minutes ahead.');
      }
      const isMachineUp = (bot.joinAt ?? 0) <= Date.now() + vendorMs(machineLeadMs);
      if (!isMachineUp) {
        const meetingUrl = body.meeting_url ?? bot.meetingUrl;
        Object.assign(bot, { meetingUrl, room: roomNameOf(meetingUrl) });
        bot.joinAt = joinAt ?? bot.joinAt;
        bot.name = body.bot_name ?? bot.name;
        bot.metadata = body.metadata ?? bot.metadata;
        if (body.automatic_leave) {
          bot.leave = leavePolicyOf(body.automatic_leave);
          bot.own.automaticLeave = body.automatic_leave;
        }
        if (body.recording_config) {
          bot.own.recordingConfig = recordingConfigOf(body.recording_config);
        }
      }
      return { status: 200, body: botView(bot, call.origin) };
    },
    delete(call) {
      const bot = find(call);
      if (!takesBack(bot, 'delete')) {
        throw new Refusal(methodNotAllowed);
      }
      bots.forget(bot);
      return { status: 204 };
    },
    leave(call) {
      const bot = find(call);
      if (bot.phase === 'processing' || bot.phase === 'ended') {
        throw new Refusal(commandRefused('cannot_command_completed_bot'));
      }
      if (!takesBack(bot, 'leave')) {
        throw new Refusal(commandRefused('cannot_command_unstarted_bot'));
      }
      if (bot.phase === 'scheduled') {
        bots.end(bot, 'asked_to_leave');
      } else if (isInRoom(bot) && bot.phase !== 'leaving') {
        bots.step(bot, { phase: 'leaving', reason: 'asked_to_leave' });
      }
      return { status: 200, body: botView(bot, call.origin) };
    },
    get: (call) => ({ status: 200, body: botView(find(call), call.origin) }),
    deleteMedia(call) {
      const bot = find(call);
      if (bot.own.recording !== null) {
        bot.own.recording.status = 'deleted';
        bot.own.recording.updatedAt = Date.now();
      }
      return { status: 200, body: botView(bot, call.origin) };
    },
  };
}
