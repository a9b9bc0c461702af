import { type Answer, type Handler, Refusal, type VendorCall } from '../answers.js';
import { isInRoom } from '../bot-record.js';
import { roomTaken, type VexaRooms } from './bot-calls.js';
import { statusOf } from './life.js';
import { roomOfVexa, vexaRoomOf } from './links.js';
import { detailAnswer, notFound } from './manners.js';
import { invalid, leavePolicyOf, type PlanBody, parsePlan } from './requests.js';
import type { VexaBot, VexaCore } from './types.js';
import { meetingView, rowView } from './views.js';

export interface VexaMeetings {
  plan: Handler;
  change: Handler;
  erase: Handler;
  get: Handler;
  list: Handler;
  running(): Answer;
  find(id: string | undefined): VexaBot;
}

function wholeNumber(text: string | null, fallback: number, most: number): number {
  const value = text === null ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw invalid(['query'], 'Input should be a valid integer within its bounds');
  }
  return value;
}

/** @throws {Refusal} 422 when the link is not recognised */
function linkOf(body: PlanBody): {
  meetingUrl: string;
  room: NonNullable<ReturnType<typeof vexaRoomOf>>;
} {
  const room = vexaRoomOf(body.meeting_url ?? '');
  if (room === null) {
    throw invalid(['meeting_url'], 'Could not recognise the meeting URL');
  }
  return { meetingUrl: body.meeting_url ?? '', room };
}

/** Records of meetings: plans, readings, lists. */
export function createVexaMeetings(core: VexaCore, rooms: VexaRooms): VexaMeetings {
  const { bots } = core;

  function find(id: string | undefined): VexaBot {
    const bot = bots.get(id ?? '');
    if (bot === null || bot.endReason === 'deleted') {
      throw new Refusal(notFound);
    }
    return bot;
  }

  function findPlan(call: VendorCall): VexaBot {
    const bot = find(call.params.id);
    if (bot.phase !== 'scheduled') {
      throw new Refusal(detailAnswer(409, 'The meeting is no longer planned'));
    }
    return bot;
  }

  return {
    find,
    plan(call) {
      const body = parsePlan(call);
      const { meetingUrl, room } = linkOf(body);
      if (rooms.open(room).length > 0) {
        throw new Refusal(roomTaken);
      }
      const bot = rooms.make({
        room,
        meetingUrl,
        name: 'Vexa',
        joinAt: body.scheduled_at ? Date.parse(body.scheduled_at) : null,
        phase: 'scheduled',
        leave: leavePolicyOf(null),
        own: { title: body.title ?? null, autoJoin: body.auto_join ?? true },
      });
      return { status: 201, body: meetingView(bot) };
    },
    change(call) {
      const bot = findPlan(call);
      const body = parsePlan(call);
      if (body.meeting_url) {
        const { meetingUrl, room } = linkOf(body);
        if (rooms.open(room).some((other) => other !== bot)) {
          throw new Refusal(roomTaken);
        }
        Object.assign(bot, { meetingUrl, room: roomOfVexa(room) });
        Object.assign(bot.own, { platform: room.platform, nativeId: room.nativeId });
      }
      if (body.scheduled_at !== undefined) {
        bot.joinAt = body.scheduled_at === null ? null : Date.parse(body.scheduled_at);
      }
      bot.own.title = body.title === undefined ? bot.own.title : body.title;
      bot.own.autoJoin = body.auto_join ?? bot.own.autoJoin;
      return { status: 200, body: meetingView(bot) };
    },
    erase(call) {
      const bot = find(call.params.id);
      if (bot.phase === 'ended') {
        bot.own.isErased = true;
      } else {
        bots.forget(findPlan(call));
      }
      return { status: 204 };
    },
    get: (call) => ({ status: 200, body: meetingView(find(call.params.id)) }),
    list(call) {
      const limit = wholeNumber(call.query.get('limit'), 50, 100);
      const offset = wholeNumber(call.query.get('offset'), 0, Number.MAX_SAFE_INTEGER);
      const status = call.query.get('status');
      const platform = call.query.get('platform');
      const withoutPlans = call.query.get('exclude_planned') === 'true';
      const found = bots
        .all()
        .filter((bot) => bot.endReason !== 'deleted')
        .filter((bot) => status === null || statusOf(bot) === status)
        .filter((bot) => platform === null || bot.own.platform === platform)
        .filter((bot) => !withoutPlans || bot.phase !== 'scheduled')
        .toReversed();
      const meetings = found.slice(offset, offset + limit).map(rowView);
      const hasMore = found.length > offset + limit;
      return {
        status: 200,
        body: call.path === '/bots' ? { meetings, has_more: hasMore } : { meetings },
      };
    },
    running() {
      const running = bots
        .active()
        .filter((bot) => isInRoom(bot) || bot.phase === 'staged')
        .map((bot) => ({ ...rowView(bot), meeting_id: bot.own.numericId }));
      return {
        status: 200,
        body: { running, running_bots: running, count: running.length },
      };
    },
  };
}
