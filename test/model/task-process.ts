import { perform, type Task } from './tasks.js';

/** One process of the model: is given tasks, one after the other. */
process.on('message', (task: Task) => {
  process.send?.(perform(task));
});
