import { found, type Handlers } from './control-handlers.js';
import type { Simulation } from './simulation.js';

/** The controls about webhooks. */
export type WebhookHandlers = Pick<
  Handlers,
  'listSubscriptions' | 'webhookFaults' | 'suspend' | 'sendEvent' | 'burst' | 'webhookStatistics'
>;

export function webhookHandlers({ world, webhooks, bursts }: Simulation): WebhookHandlers {
  return {
    listSubscriptions: ({ companyId }) =>
      companyId === undefined
        ? [...world.subscriptions.values()]
        : world.ofCompany(world.subscriptions, companyId),
    webhookFaults(input) {
      webhooks.faults = {
        duplicate: Number(input.duplicate ?? 0),
        disorder: Number(input.disorder ?? 0),
        drop: Number(input.drop ?? 0),
        corruptSignature: Number(input.corruptSignature ?? 0),
      };
      return webhooks.faults;
    },
    suspend({ subscriptionId }) {
      const subscription = found(world.subscriptions, subscriptionId, 'subscription');
      webhooks.suspend(subscription);
      return subscription;
    },
    sendEvent({ companyId, name, subscriptionId, body, ...event }) {
      found(world.companies, companyId, 'company');
      webhooks.send({
        event: { ...event, companyId, name, body: body ?? {} },
        subscribers:
          subscriptionId === undefined
            ? world.ofCompany(world.subscriptions, companyId)
            : [found(world.subscriptions, subscriptionId, 'subscription')],
      });
      return { done: true };
    },
    burst(input) {
      found(world.companies, input.companyId, 'company');
      bursts.start(input);
      return { done: true };
    },
    webhookStatistics: (input) => webhooks.statistics(input),
  };
}
