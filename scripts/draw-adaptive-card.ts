/** Draws Adaptive Cards with Microsoft's own library in a browser, in about the colours and sizes of Teams. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { EMOJI_PICTURES, EMOJI_STYLE } from '../test/support/emoji-pictures.ts';
import type { Drawn } from '../test/support/teams/sample-adaptive-cards.ts';
import { hostConfig, pageStyle, type Theme } from '../test/support/teams/teams-look.ts';

const LIBRARY = readFileSync(
  join(createRequire(import.meta.url).resolve('adaptivecards'), '../../dist/adaptivecards.min.js'),
  'utf8',
);

interface DrawingLibrary {
  readonly AdaptiveCard: new () => { hostConfig: unknown; parse(json: object): void; render(): Node };
  readonly HostConfig: new (json: object) => unknown;
}

export async function drawCard(page: Page, drawn: Drawn, theme: Theme): Promise<void> {
  const { title, kind, card, unfold } = drawn;
  await page.setContent(shell(kind, theme));
  await page.addScriptTag({ content: LIBRARY });
  await page.evaluate(
    ({ title, card, host, pictures }) => {
      const { AdaptiveCard, HostConfig } = (globalThis as unknown as { AdaptiveCards: DrawingLibrary })
        .AdaptiveCards;
      const drawing = new AdaptiveCard();
      drawing.hostConfig = new HostConfig(host);
      drawing.parse(card);
      document.querySelector('#title')?.append(title);
      document.querySelector('#card')?.append(drawing.render());
      const emoji = new RegExp(`(${Object.keys(pictures).join('|')})`);
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts.filter(({ data }) => emoji.test(data))) {
        text.replaceWith(
          ...text.data.split(emoji).map((part) => {
            const picture = pictures[part];
            if (picture === undefined) return part;
            const span = document.createElement('span');
            span.className = 'emoji';
            [span.style.background, span.textContent] = picture;
            return span;
          }),
        );
      }
    },
    { title, card, host: hostConfig(theme), pictures: EMOJI_PICTURES },
  );
  if (unfold !== undefined) await page.getByRole('button', { name: unfold, exact: true }).click();
}

function shell(kind: Drawn['kind'], theme: Theme): string {
  const style = `<style>${pageStyle(theme)}${EMOJI_STYLE}</style>`;
  const body =
    kind === 'dialog'
      ? '<header class="dialog"><b id="title"></b><span>✕</span></header><main class="dialog" id="card"></main>'
      : '<header id="title"></header><main class="message"><div class="avatar" aria-hidden="true">S</div><div class="body"><p class="author"><b>Sallyport</b> <span>2:05 PM</span></p><div class="frame" id="card"></div></div></main>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Teams</title>${style}<body>${body}</body></html>`;
}
