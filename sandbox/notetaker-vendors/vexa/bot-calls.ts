import { randomUUID } from 'node:crypto';
import { type Answer, Refusal, type VendorCall } from '../answers.js';
import { isInRoom } from '../bot-record.js';
import { platforms, roomOfVexa, type VexaRoom } from './links.js';
import { detailAnswer, notFound, tooManyBots } from './manners.js';
import { invalid, leavePolicyOf, parseBot, roomOfBody } from './requests.js';
import type { VexaBot, VexaCore, VexaOptions, VexaOwn, WebhookConfig } from './types.js';
import { meetingView } from './views.js';

export const roomTaken = detailAnswer(
  409,
  'An active or requested meeting already exists for this platform and meeting ID',
);

export interface VexaRooms {
  /** Planned or live, of that room. */
  open(room: VexaRoom): VexaBot[];
  make(input: {
    room: VexaRoom;
    meetingUrl: string;
    name: string;
    joinAt: number | null;
    phase: 'scheduled' | 'staged';
    leave: VexaBot['leave'];
    own?: Partial<VexaOwn>;
  }): VexaBot;
}

/** One record per room that has not ended, planned ones included; ids are numbers. */
export function createVexaRooms(core: VexaCore, webhook: () => WebhookConfig): VexaRooms {
  let lastId = 1000;
  return {
    open: (room) => core.bots.active().filter((bot) => bot.room === roomOfVexa(room)),
    make({ room, meetingUrl, name, joinAt, phase, leave, own }) {
      lastId += 1;
      return core.bots.add({
        id: String(lastId),
        meetingUrl,
        room: roomOfVexa(room),
        name,
        joinAt,
        metadata: {},
        deduplicationKey: null,
        records: (own?.isRecorded ?? true) || (own?.isTranscribed ?? true),
        leave,
        phase,
        own: {
          numericId: lastId,
          platform: room.platform,
          nativeId: room.nativeId,
          title: null,
          autoJoin: true,
          isRecorded: true,
          isTranscribed: true,
          sessionUid: randomUUID(),
          completionReason: null,
          failureStage: null,
          transitions: [],
          webhook: webhook(),
          isErased: false,
          stateOverride: null,
          ...own,
        },
      });
    },
  };
}

const isBot = (bot: VexaBot) => isInRoom(bot) || bot.phase === 'staged';
const defaultName = 'Vexa';

/** `POST /bots`; a plan for the room is claimed. @throws {Refusal} */
export function createBot(input: {
  core: VexaCore;
  options: VexaOptions;
  rooms: VexaRooms;
  webhook: () => WebhookConfig;
  call: VendorCall;
}): Answer {
  const { core, options, rooms, webhook, call } = input;
  const body = parseBot(call);
  const room = roomOfBody(body);
  const isTranscribed = body.transcribe_enabled ?? true;
  if (isTranscribed && options.hasTranscription === false) {
    throw new Refusal(detailAnswer(503, 'Transcription is not configured'));
  }
  const open = rooms.open(room);
  if (open.some(isBot)) {
    throw new Refusal(roomTaken);
  }
  if (core.bots.active().filter(isBot).length >= (options.maxConcurrent ?? 1000)) {
    throw new Refusal(tooManyBots);
  }
  const own = {
    isRecorded: body.recording_enabled ?? true,
    isTranscribed,
    webhook: webhook(),
  };
  const leave = leavePolicyOf(body.automatic_leave);
  const plan = open[0];
  if (plan !== undefined) {
    Object.assign(plan.own, own);
    plan.leave = leave;
    plan.records = own.isRecorded || own.isTranscribed;
    plan.name = body.bot_name ?? plan.name;
    core.bots.step(plan, { phase: 'staged' });
    return { status: 201, body: meetingView(plan) };
  }
  const bot = rooms.make({
    room,
    meetingUrl: body.meeting_url ?? `https://meet.example.com/${room.nativeId}`,
    name: body.bot_name ?? defaultName,
    joinAt: null,
    phase: 'staged',
    leave,
    own,
  });
  return { status: 201, body: meetingView(bot) };
}

function isPlatform(text: string): text is VexaRoom['platform'] {
  return platforms.some((platform) => platform === text);
}

/**
 * `DELETE /bots/{platform}/{native_meeting_id}`: stops whatever the account has in that room and
 * cancels its plans. Once: what is stopping already is not found again. @throws {Refusal}
 */
export function stopRoom(input: { core: VexaCore; rooms: VexaRooms; call: VendorCall }): Answer {
  const { core, rooms, call } = input;
  const platform = call.params.platform ?? '';
  if (!isPlatform(platform)) {
    throw invalid(['platform'], 'Invalid platform');
  }
  const nativeId = call.params.nativeId ?? '';
  const open = rooms.open({ platform, nativeId });
  const live = open.filter((bot) => isBot(bot) && bot.phase !== 'leaving').toReversed();
  const planned = open.filter((bot) => bot.phase === 'scheduled');
  const first = live[0] ?? planned[0];
  if (first === undefined) {
    throw new Refusal(notFound);
  }
  for (const bot of live) {
    core.bots.step(bot, { phase: 'leaving', reason: 'asked_to_leave' });
  }
  for (const bot of planned) {
    core.bots.forget(bot);
  }
  return {
    status: 200,
    body: {
      status: 'stopping',
      meeting_id: first.own.numericId,
      native_meeting_id: nativeId,
      also_stopped: live.slice(1).map((bot) => bot.own.numericId),
      cancelled: planned.map((bot) => bot.own.numericId),
    },
  };
}
