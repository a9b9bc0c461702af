import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** `2xx` … `5xx`, or `none` when no answer came. */
export const statusClass = (status: number | null): string =>
  status === null ? 'none' : `${Math.floor(status / 100)}xx`;

/**
 * The metrics of one process, in a registry of their own.
 *
 * Labels are taken from closed lists (kinds, codes, routes as written in the router); ids of
 * organizations, interviews or people never are labels, because every id would be a series for ever.
 */
export const createMetrics = () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'pillar_' });
  const registers = [registry];

  return {
    registry,

    vendorRequests: new Counter({
      name: 'pillar_vendor_requests_total',
      help: 'Requests to SmartRecruiters by kind of endpoint and class of the answer.',
      labelNames: ['endpoint', 'status'],
      registers,
    }),
    vendorRequestSeconds: new Histogram({
      name: 'pillar_vendor_request_seconds',
      help: 'Time until SmartRecruiters answered, waits for the limiter not included.',
      labelNames: ['endpoint'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    vendorTooManyRequests: new Counter({
      name: 'pillar_vendor_too_many_requests_total',
      help: 'Answers 429 of SmartRecruiters. Any increase means the limiter is wrong.',
      labelNames: ['endpoint'],
      registers,
    }),
    limiterWaitSeconds: new Histogram({
      name: 'pillar_limiter_wait_seconds',
      help: 'Time a request waited for its turn under the limit of its organization.',
      labelNames: ['class'],
      buckets: [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    limiterRefusals: new Counter({
      name: 'pillar_limiter_refusals_total',
      help: 'Requests that gave up because the limiter had no turn for them in time.',
      labelNames: ['class'],
      registers,
    }),

    watchSlices: new Counter({
      name: 'pillar_watch_slices_total',
      help: 'Slices of the interview watch by how they ended.',
      labelNames: ['result'],
      registers,
    }),
    watchSliceSeconds: new Histogram({
      name: 'pillar_watch_slice_seconds',
      help: 'Duration of a slice of the interview watch.',
      buckets: [0.5, 1, 5, 10, 20, 30, 60, 120],
      registers,
    }),
    rowsChecked: new Counter({
      name: 'pillar_watch_rows_checked_total',
      help: 'Rows of the work list that were checked, by tier.',
      labelNames: ['tier'],
      registers,
    }),
    freshnessP95Seconds: new Gauge({
      name: 'pillar_watch_freshness_p95_seconds',
      help: 'Age that 95 % of the readings of a tier are below, of the organization where it is highest.',
      labelNames: ['tier'],
      registers,
    }),
    watchNeeded: new Gauge({
      name: 'pillar_watch_needed_requests_per_second',
      help: 'Requests a second that the watches of all organizations need.',
      registers,
    }),
    watchLateness: new Gauge({
      name: 'pillar_watch_lateness_factor',
      help: 'By how much every tier is late where the budget suffices least; 1 when it suffices everywhere.',
      registers,
    }),
    watchesStale: new Gauge({
      name: 'pillar_watches_stale',
      help: 'Organizations whose hot rows are later than twice their target.',
      registers,
    }),
    importsRunning: new Gauge({
      name: 'pillar_imports_running',
      help: 'Organizations whose first import is under way.',
      registers,
    }),
    webhookSubscriptions: new Gauge({
      name: 'pillar_webhook_subscriptions',
      help: 'Webhook subscriptions at SmartRecruiters by their state.',
      labelNames: ['state'],
      registers,
    }),
    webhookEventsWaiting: new Gauge({
      name: 'pillar_webhook_events_waiting',
      help: 'Events of SmartRecruiters that are stored and that no watch has followed yet.',
      registers,
    }),
    oldestDueSeconds: new Gauge({
      name: 'pillar_watch_oldest_due_seconds',
      help: 'How long the oldest due row of a tier has waited, over all organizations.',
      labelNames: ['tier'],
      registers,
    }),

    decisions: new Counter({
      name: 'pillar_decisions_total',
      help: 'Decisions whether to join, by verdict and code.',
      labelNames: ['verdict', 'code'],
      registers,
    }),
    botRequests: new Counter({
      name: 'pillar_bot_requests_total',
      help: 'Requests to the notetaker provider, by operation and result.',
      labelNames: ['operation', 'result'],
      registers,
    }),
    botRequestLatenessSeconds: new Histogram({
      name: 'pillar_bot_request_lateness_seconds',
      help: 'How much later than planned a bot was asked for.',
      buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    outcomes: new Counter({
      name: 'pillar_session_outcomes_total',
      help: 'Sessions that ended, by outcome and reason.',
      labelNames: ['outcome', 'reason'],
      registers,
    }),
    auditFindings: new Counter({
      name: 'pillar_audit_findings_total',
      help: 'What the auditor found that nobody had noticed, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    alertsWaiting: new Gauge({
      name: 'pillar_alerts_waiting',
      help: 'Alerts that some channel has not taken yet.',
      registers,
    }),
    auditorLastRunSeconds: new Gauge({
      name: 'pillar_auditor_last_run_timestamp_seconds',
      help: 'When the auditor last finished, in seconds since the epoch.',
      registers,
    }),
    mails: new Counter({
      name: 'pillar_mails_total',
      help: 'E-mails by kind and result.',
      labelNames: ['kind', 'result'],
      registers,
    }),
    pillarEvents: new Counter({
      name: 'pillar_outgoing_events_total',
      help: "Events sent to Pillar's webhook, by kind and result.",
      labelNames: ['kind', 'result'],
      registers,
    }),

    httpRequests: new Counter({
      name: 'pillar_http_requests_total',
      help: 'Requests that the API answered, by method, route as written in the router, and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpRequestSeconds: new Histogram({
      name: 'pillar_http_request_seconds',
      help: 'Time until the API had answered.',
      labelNames: ['method', 'route'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
      registers,
    }),
    webhooksReceived: new Counter({
      name: 'pillar_webhooks_received_total',
      help: 'Incoming webhooks by source and result.',
      labelNames: ['source', 'result'],
      registers,
    }),
    commandSeconds: new Histogram({
      name: 'pillar_command_seconds',
      help: 'Time from a command to its outcome, by command and result.',
      labelNames: ['command', 'result'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
      registers,
    }),
  };
};

export type Metrics = ReturnType<typeof createMetrics>;
