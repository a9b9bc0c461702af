import { createAttendeeNotetaker } from './attendee.js';
import { createPillarNotetaker } from './pillar.js';
import type { Notetaker, NotetakerProvider } from './port.js';
import type { ProviderOptions } from './provider-call.js';
import { createRecallNotetaker } from './recall.js';
import { createVexaNotetaker } from './vexa.js';

const factories: Record<NotetakerProvider, (options: ProviderOptions) => Notetaker> = {
  pillar: createPillarNotetaker,
  recall: createRecallNotetaker,
  attendee: createAttendeeNotetaker,
  vexa: createVexaNotetaker,
};

/** The notetaker that the configuration names. Calls nobody until it is used. */
export function createNotetaker(
  config: ProviderOptions & { provider: NotetakerProvider },
): Notetaker {
  const { provider, apiUrl, apiKey, callTimeoutMs } = config;
  return factories[provider]({ apiUrl, apiKey, callTimeoutMs });
}
