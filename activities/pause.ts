import { Context, heartbeat, sleep } from '@temporalio/activity';

const longestSilenceMs = 5_000;

/** Several heartbeats fit into the timeout of the activity at hand. */
function heartbeatEveryMs(): number {
  const { heartbeatTimeoutMs } = Context.current().info;
  return Math.min(longestSilenceMs, (heartbeatTimeoutMs ?? longestSilenceMs * 4) / 4);
}

/**
 * Waits inside an activity without going silent: heartbeats tell the server that the process lives,
 * and a cancellation ends the wait.
 */
export async function pauseWithHeartbeat(ms: number): Promise<void> {
  const until = Date.now() + ms;
  for (let left = ms; left > 0; left = until - Date.now()) {
    heartbeat();
    await sleep(Math.min(left, heartbeatEveryMs()));
  }
}

/** Heartbeats by itself while `work` runs, however long one of its calls takes. */
export async function withHeartbeat<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), heartbeatEveryMs());
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
