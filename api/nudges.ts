import type { ApiDeps } from './deps.js';

interface Life {
  orgId: string;
  generation: string;
}

/** A watch that was nudged looks for events every second for a while: more nudges are only work. */
const nudgeEveryMs = 2_000;

/**
 * Has an organization's watch look at what came in: at once, and then at most once in `everyMs`, the
 * last time after the last call. Never throws; a nudge that is lost is made up for by the auditor.
 */
export function createNudges({
  gateway,
  logger,
  everyMs = nudgeEveryMs,
}: Pick<ApiDeps, 'gateway' | 'logger'> & { everyMs?: number }): (life: Life) => void {
  /** By life: whether something came since the last nudge. */
  const pending = new Map<string, boolean>();

  async function send(life: Life): Promise<void> {
    const { delivered } = await gateway.nudgeWatch(life);
    if (!delivered) logger.info({ orgId: life.orgId }, 'a watch was not nudged');
  }

  function nudgeNow(key: string, life: Life): void {
    pending.set(key, false);
    void send(life);
    setTimeout(() => {
      if (pending.get(key) === true) nudgeNow(key, life);
      else pending.delete(key);
    }, everyMs).unref();
  }

  return ({ orgId, generation }) => {
    const key = `${orgId}/${generation}`;
    if (pending.has(key)) pending.set(key, true);
    else nudgeNow(key, { orgId, generation });
  };
}
