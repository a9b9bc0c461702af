/** The page at `/_control/`. Everything that came from outside is set as text, never as HTML. */
export const controlPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notetaker (sandbox)</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --soft: #8881; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; margin: 0; }
  .summary { color: #777; margin: .2rem 0 1.5rem; }
  .alarm { background: #c0392b; color: #fff; padding: .6rem 1rem; border-radius: .5rem; }
  article { border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; margin: .8rem 0; }
  article header { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; }
  .state { padding: .05rem .6rem; border-radius: 1rem; background: var(--soft); font-weight: 600; }
  .state.recording, .state.in_call { background: #1e8449; color: #fff; }
  .state.waiting_room { background: #b9770e; color: #fff; }
  .room { word-break: break-all; }
  .history, .key { color: #777; font-size: .85rem; word-break: break-all; }
  button { font: inherit; padding: .2rem .8rem; border-radius: .4rem; border: 1px solid var(--line); cursor: pointer; }
  footer { margin-top: .5rem; display: flex; flex-wrap: wrap; gap: .5rem; }
  fieldset { border: 1px solid var(--line); border-radius: .6rem; display: flex; flex-wrap: wrap; gap: .6rem; }
  label { display: flex; gap: .4rem; align-items: center; }
</style>
<h1>Notetaker</h1>
<p class="summary" id="summary">Loading…</p>
<p class="alarm" id="alarm" role="alert" hidden></p>
<fieldset>
  <legend>New meetings</legend>
  <label>What happens in a room
    <select id="scenario">
      <option value="admit">the bot is let in</option>
      <option value="never_admit">nobody lets it in</option>
      <option value="deny">it is turned away</option>
      <option value="host_never_opens">the host never opens</option>
      <option value="nobody_comes">nobody comes</option>
      <option value="everybody_leaves_early">everybody leaves early</option>
      <option value="recording_denied">recording is not allowed</option>
      <option value="bad_link">the link is dead</option>
    </select>
  </label>
</fieldset>
<main id="bots"></main>
<script>
  const call = async (operation, body = {}) => {
    const answer = await fetch('/_control/' + operation, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    return (await answer.json()).result;
  };
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const clock = (at) => new Date(at).toLocaleTimeString();
  const act = (text, operation, body) => {
    const button = make('button', '', text);
    button.onclick = async () => { await call(operation, body); await draw(); };
    return button;
  };
  const show = (bot) => {
    const card = make('article');
    const head = make('header');
    head.append(make('span', 'state ' + bot.state, bot.state.replaceAll('_', ' ')));
    if (bot.outcome) head.append(make('strong', '', bot.outcome.replaceAll('_', ' ')));
    if (bot.subCode) head.append(make('span', 'history', bot.subCode.replaceAll('_', ' ')));
    head.append(make('span', 'room', bot.request.botName + ' → ' + bot.room));
    card.append(head);
    card.append(make('div', '', 'joins ' + new Date(bot.joinAt).toLocaleString()
      + (bot.leaveAt ? ', leaves ' + clock(bot.leaveAt) : '')));
    card.append(make('div', 'history',
      bot.history.map((entry) => entry.state.replaceAll('_', ' ') + ' ' + clock(entry.at)).join(' · ')));
    card.append(make('div', 'key', bot.id + ' · ' + bot.request.key));
    const actions = make('footer');
    if (bot.state === 'waiting_room') actions.append(act('Let it in', 'admit', { botId: bot.id }));
    if (['in_call', 'recording'].includes(bot.state)) {
      actions.append(act('End the meeting', 'endMeeting', { meetingUrl: bot.meetingUrl }));
      actions.append(act('Throw it out', 'removeByParticipant', { botId: bot.id }));
    }
    if (bot.state !== 'ended') actions.append(act('Remove by API', 'remove', { botId: bot.id }));
    card.append(actions);
    return card;
  };
  let lastDrawn = '';
  const draw = async () => {
    const [bots, seconds, counts] = await Promise.all([call('bots'), call('secondBots'), call('statistics')]);
    const drawn = JSON.stringify([bots, seconds.length, counts]);
    if (drawn === lastDrawn) return;
    lastDrawn = drawn;
    document.getElementById('summary').textContent =
      counts.bots + ' bots, ' + counts.activeBots + ' active; webhooks: '
      + counts.webhooks.delivered + ' delivered, ' + counts.webhooks.waiting + ' waiting';
    const alarm = document.getElementById('alarm');
    alarm.hidden = seconds.length === 0;
    alarm.textContent = seconds.length + ' times there were two bots for one room.';
    document.getElementById('bots').replaceChildren(...bots.reverse().slice(0, 200).map(show));
    if (bots.length === 0) {
      document.getElementById('bots').append(make('p', 'summary', 'No bot has been ordered yet.'));
    }
  };
  document.getElementById('scenario').onchange = (event) =>
    call('setScenario', { scenario: { kind: event.target.value } });
  const loop = async () => { await draw().catch(() => {}); setTimeout(loop, 1000); };
  loop();
</script>
</html>
`;
