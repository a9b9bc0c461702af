import type { RememberedCommand } from '../contracts/installation.js';

/**
 * The server forgets update ids at continue-as-new, so the last ones are carried along: a command
 * that is sent again is answered from here. Older ones are in the read model for 24 h.
 */
const rememberedCommands = 50;

export function recall(
  remembered: readonly RememberedCommand[],
  commandId: string,
): RememberedCommand | undefined {
  return remembered.find((command) => command.commandId === commandId);
}

export function remember(
  remembered: readonly RememberedCommand[],
  command: RememberedCommand,
): RememberedCommand[] {
  const others = remembered.filter(({ commandId }) => commandId !== command.commandId);
  return [...others, command].slice(-rememberedCommands);
}
