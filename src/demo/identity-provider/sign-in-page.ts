/** The sample identity provider's only page: who do you want to be? */
import { CAST } from '../cast.ts';

const STYLE = `
  :root { color-scheme: light dark; --ink: #1d2330; --soft: #5c6678; --line: #d9dee8; --card: #fff; --back: #eef1f6;
    --accent: #2457c5; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e8ecf4; --soft: #9aa5ba; --line: #313a4c; --card: #1b212d; --back: #11151d; --accent: #7fa6ff; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--back);
    color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
  main { width: min(26rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 14px;
    padding: 1.75rem; box-shadow: 0 12px 40px rgb(0 0 0 / 8%); }
  h1 { font-size: 1.25rem; margin: 0; }
  p { margin: .25rem 0 1.25rem; color: var(--soft); }
  button { display: flex; width: 100%; gap: .9rem; align-items: center; text-align: left; padding: .7rem .8rem;
    margin-top: .5rem; border: 1px solid var(--line); border-radius: 10px; background: none; color: inherit; font: inherit;
    cursor: pointer; }
  button:hover, button:focus-visible { border-color: var(--accent); outline: 2px solid transparent; }
  button:focus-visible { outline-color: var(--accent); }
  .face { flex: none; width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center;
    font-weight: 600; color: #fff; }
  .name { display: block; font-weight: 600; }
  .role { display: block; font-size: .875rem; color: var(--soft); }
  footer { margin-top: 1.25rem; font-size: .8125rem; color: var(--soft); }
`;

const FACES = ['#2457c5', '#0d7a5f', '#9a4a00', '#8a2d8a'] as const;

/** @param action where the choice is posted; made by us, so it needs no escaping */
export function renderSignInPage(action: string): string {
  const people = CAST.map(
    (member, place) => `
      <button name="username" value="${member.username}">
        <span class="face" style="background:${FACES[place % FACES.length]}" aria-hidden="true">${member.name[0]}</span>
        <span><span class="name">${member.name}</span><span class="role">${member.role}</span></span>
      </button>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sign in</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <h1>Who do you want to be?</h1>
      <p>The sample identity provider of the Sallyport demo.</p>
      <form method="post" action="${action}">${people.join('')}
      </form>
      <footer>No passwords here: it listens on this machine only.</footer>
    </main>
  </body>
</html>
`;
}
