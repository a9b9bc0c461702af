import ky from 'ky';
import type { NotetakerControl } from './types.js';

/**
 * The controls of a simulator in another process.
 *
 * @param input.url the simulator's origin, such as `http://127.0.0.1:4102`
 * @throws {HTTPError} of ky, for an unknown bot (404) or input against the schema (422)
 */
export function createControlClient({ url }: { url: string }): NotetakerControl {
  async function call<T>(operation: keyof NotetakerControl, body: object = {}): Promise<T> {
    const answer = await ky
      .post(new URL(`/_control/${operation}`, url), { json: body, retry: 0 })
      .json<{ result: T }>();
    return answer.result;
  }
  return {
    bots: (filter) => call('bots', filter),
    creates: () => call('creates'),
    secondBots: () => call('secondBots'),
    statistics: () => call('statistics'),
    setScenario: (input) => call('setScenario', input),
    admit: (input) => call('admit', input),
    removeByParticipant: (input) => call('removeByParticipant', input),
    remove: (input) => call('remove', input),
    endMeeting: (input) => call('endMeeting', input),
    injectFault: (fault) => call('injectFault', fault),
    clearFaults: () => call('clearFaults'),
    setWebhooks: (settings) => call('setWebhooks', settings),
    reset: () => call('reset'),
  };
}
