import { seededChance } from './chance.js';
import type { ControlInput } from './control-inputs.js';
import { ControlError } from './errors.js';
import type { Webhooks } from './webhooks.js';
import type { World } from './world.js';
import { interviewEvent } from './world-events.js';

const tickMs = 10;

/** Many events at a steady pace although nothing changes, to see what a subscriber can take. */
export class Bursts {
  private readonly parts: { world: World; webhooks: Webhooks };
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(parts: { world: World; webhooks: Webhooks }) {
    this.parts = parts;
  }

  /** 409 when the company has no interview, 400 when nothing says where it ends. */
  start(input: ControlInput<'burst'>): void {
    const { world, webhooks } = this.parts;
    const { companyId, perSecond } = input;
    const forEvents = ((input.forMs ?? Number.POSITIVE_INFINITY) / 1_000) * perSecond;
    const count = Math.min(input.events ?? Number.POSITIVE_INFINITY, Math.round(forEvents));
    if (count === Number.POSITIVE_INFINITY) {
      throw new ControlError({ status: 400, message: 'burst: needs forMs or events' });
    }
    const interviews = world
      .ofCompany(world.interviews, companyId)
      .filter(({ cancelledAt }) => cancelledAt === null);
    if (interviews.length === 0) {
      throw new ControlError({ status: 409, message: 'The company has no interview' });
    }
    this.stop(companyId);
    const chance = seededChance(`burst ${input.seed ?? 0}`);
    const startedMs = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond) + 1;
      for (; sent < Math.min(due, count); sent += 1) {
        webhooks.happened(interviewEvent('interview.updated', chance.pick(interviews)));
      }
      if (sent >= count) this.stop(companyId);
    }, tickMs);
    timer.unref();
    this.timers.set(companyId, timer);
  }

  stop(companyId: string): void {
    clearInterval(this.timers.get(companyId));
    this.timers.delete(companyId);
  }

  close(): void {
    for (const timer of this.timers.values()) clearInterval(timer);
    this.timers.clear();
  }
}
