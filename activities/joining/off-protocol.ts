import type { OffFence, OffResult } from './claim-members.js';
import { change, perform, type RoomProtocol, type RoomRules } from './room-protocol.js';

export type OffStep = { roomKey: string; holderId: string; result: OffResult };

/**
 * The second half of an off: its fence is written, now everybody in every room whom it concerns is
 * acted upon, whether they hold the room or ride along. A claim is freed, a live bot goes on for
 * those who share it or begins to stop, a request of unknown fate is named. Those who claim after
 * this listing have read the new fence. Repeatable; a late repetition touches only what is older
 * than the fence.
 */
export function* offProtocol(input: {
  orgId: string;
  fence: OffFence;
  epoch: number;
  rules: RoomRules;
}): RoomProtocol<OffStep[]> {
  const { orgId, fence, epoch, rules } = input;
  const rooms = yield* perform('listRooms', { orgId });
  const steps: OffStep[] = [];
  for (const room of rooms) {
    const { concerned, heirs } = yield* perform('judge', room);
    for (const holderId of concerned) {
      const result = yield* change(room, (doc) =>
        rules.offHolder(doc, { holderId, fence, epoch, heirs }),
      );
      steps.push({ roomKey: room.roomKey, holderId, result });
    }
  }
  return steps;
}
