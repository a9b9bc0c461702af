import { randomBytes } from 'node:crypto';
import type { NotetakerProvider } from '../../../activities/notetaker/port.js';
import { startAttendeeSimulator } from '../../../sandbox/notetaker-vendors/attendee/simulator.js';
import { defaultApiKey, type VendorSimulator } from '../../../sandbox/notetaker-vendors/control.js';
import { startRecallSimulator } from '../../../sandbox/notetaker-vendors/recall/simulator.js';
import { startVexaSimulator } from '../../../sandbox/notetaker-vendors/vexa/simulator.js';
import type { World } from '../../support/stack.js';
import type { BotState } from './table.js';

/** One bot of a room, in the words of no provider. */
export interface RoomBot {
  id: string;
  place: 'before' | 'lobby' | 'recording' | 'gone' | 'other';
}

/** The rooms of one provider's simulation. */
export interface Rooms {
  prepare(link: string, state: BotState): Promise<void>;
  botsIn(link: string): Promise<RoomBot[]>;
  secondBots(): Promise<number>;
  close(): Promise<void>;
}

/** The vendors' windows of minutes pass in seconds: Recall freezes a bot 30 s before it joins. */
export const vendorTimeFactor = 20;

export type Vendor = Exclude<NotetakerProvider, 'pillar'>;
const starts: Record<Vendor, (options: object) => Promise<VendorSimulator>> = {
  recall: startRecallSimulator,
  attendee: startAttendeeSimulator,
  vexa: startVexaSimulator,
};

export async function startVendor(vendor: Vendor) {
  const simulator = await starts[vendor]({ timeFactor: vendorTimeFactor, limits: false });
  return {
    simulator,
    notetaker: {
      ...{ provider: vendor, apiUrl: simulator.apiUrl, apiKey: defaultApiKey },
      webhookSecret: `${vendor === 'recall' ? 'whsec_' : ''}${randomBytes(32).toString('base64')}`,
    },
  };
}

export function vendorRooms(simulator: VendorSimulator): Rooms {
  const { control } = simulator;
  return {
    async prepare(link, state) {
      if (state === 'recording') control.setRoom(link, { kind: 'admit', afterMs: 0 });
      else if (state === 'lobby') control.setRoom(link, { kind: 'lobby' });
      else control.setRoom(link, { kind: 'not_started' });
    },
    async botsIn(link) {
      return control.bots({ meetingUrl: link }).map(({ id, phase }) => {
        if (phase === 'ended' || phase === 'processing') return { id, place: 'gone' };
        if (phase === 'scheduled' || phase === 'staged' || phase === 'joining') {
          return { id, place: 'before' };
        }
        return { id, place: phase === 'lobby' || phase === 'recording' ? phase : 'other' };
      });
    },
    secondBots: async () => control.secondBots().length,
    close: () => simulator.close(),
  };
}

export function pillarRooms({ notetaker: { control } }: World): Rooms {
  return {
    async prepare(meetingUrl, state) {
      const kind = state === 'lobby' ? 'never_admit' : 'admit';
      await control.setScenario({ meetingUrl, scenario: { kind, removalMs: 300 } });
    },
    async botsIn(meetingUrl) {
      const bots = await control.bots({ meetingUrl });
      return bots.map(({ id, state }) => {
        if (state === 'ended' || state === 'processing') return { id, place: 'gone' };
        if (state === 'scheduled' || state === 'starting' || state === 'joining') {
          return { id, place: 'before' };
        }
        if (state === 'waiting_room') return { id, place: 'lobby' };
        return { id, place: state === 'recording' ? 'recording' : 'other' };
      });
    },
    secondBots: async () => (await control.secondBots()).length,
    close: async () => undefined,
  };
}
