/** The page at `/`. What came by mail is set as text, or shown in a frame that may run nothing. */
export const mailPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails (sandbox)</title>
<style>
  :root { color-scheme: light dark; --line: #8884; }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 0; display: grid;
    grid-template-columns: minmax(16rem, 24rem) 1fr; min-height: 100vh; }
  nav { border-right: 1px solid var(--line); overflow: auto; max-height: 100vh; }
  h1 { font-size: 1.2rem; margin: 1rem; }
  nav button { display: block; width: 100%; text-align: left; font: inherit; padding: .6rem 1rem;
    border: 0; border-bottom: 1px solid var(--line); background: none; color: inherit; cursor: pointer; }
  nav button[aria-current] { background: #2e86c133; }
  small, dt { color: #777; }
  main { padding: 1rem 1.5rem; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; }
  dd { margin: 0; word-break: break-word; }
  pre { white-space: pre-wrap; word-break: break-word; font: inherit; }
  iframe { width: 100%; height: 32rem; border: 1px solid var(--line); background: #fff; }
  @media (max-width: 40rem) { body { grid-template-columns: 1fr; } nav { max-height: 40vh; } }
</style>
<nav><h1>Mails</h1><div id="list"></div></nav>
<main id="mail"><p>No mail is open.</p></main>
<script>
  const make = (tag, text) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const withLinks = (text) => {
    const box = make('pre');
    for (const part of text.split(/(https?:\\/\\/[^\\s<>"]+)/)) {
      if (/^https?:/.test(part)) {
        const link = make('a', part);
        link.href = part; link.target = '_blank'; link.rel = 'noreferrer';
        box.append(link);
      } else box.append(part);
    }
    return box;
  };
  let mails = [], openId = '';
  const open = (mail) => {
    openId = mail.id;
    const details = make('dl');
    const rows = [['From', mail.headers.from ?? mail.from], ['To', mail.to.join(', ')],
      ['Received', new Date(mail.receivedAt).toLocaleString()], ['Message-ID', mail.messageId ?? '']];
    for (const [name, value] of rows) details.append(make('dt', name), make('dd', value));
    const parts = [make('h2', mail.subject), details, make('h3', 'Text'), withLinks(mail.text)];
    if (mail.html !== null) {
      const frame = make('iframe');
      frame.title = 'HTML of the mail';
      frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
      frame.src = '/messages/' + mail.id + '/html';
      parts.push(make('h3', 'HTML'), frame);
    }
    document.getElementById('mail').replaceChildren(...parts);
    list();
  };
  const list = () => {
    const buttons = mails.map((mail) => {
      const button = make('button');
      button.append(make('strong', mail.subject), make('br'),
        make('small', mail.to.join(', ') + ' · ' + new Date(mail.receivedAt).toLocaleTimeString()));
      if (mail.id === openId) button.setAttribute('aria-current', 'true');
      button.onclick = () => open(mail);
      return button;
    });
    document.getElementById('list').replaceChildren(
      ...(buttons.length ? buttons : [make('h1', 'Nothing has come yet.')]));
  };
  const loop = async () => {
    try {
      const { items } = await (await fetch('/api/messages')).json();
      if (items.length !== mails.length || items.at(-1)?.id !== mails[0]?.id) {
        mails = items.reverse();
        list();
        if (!openId && mails[0]) open(mails[0]);
      }
    } catch {}
    setTimeout(loop, 1500);
  };
  loop();
</script>
</html>
`;
