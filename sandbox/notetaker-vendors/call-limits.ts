export interface CallLimit {
  count: number;
  /** Of the vendor's time. */
  perMs: number;
}

export interface CallLimiter {
  /** Null: within the limit, and counted. Else the whole seconds until the next is taken, at least 1. */
  take(name: string, limit: CallLimit): number | null;
}

/** Counts calls in a window that slides; names are counted apart. */
export function createCallLimiter({ timeFactor }: { timeFactor: number }): CallLimiter {
  const taken = new Map<string, number[]>();
  return {
    take(name, limit) {
      const windowMs = limit.perMs / timeFactor;
      const since = Date.now() - windowMs;
      const recent = (taken.get(name) ?? []).filter((at) => at > since);
      taken.set(name, recent);
      if (recent.length < limit.count) {
        recent.push(Date.now());
        return null;
      }
      return Math.max(1, Math.ceil(((recent[0] ?? since) - since) / 1000));
    },
  };
}
