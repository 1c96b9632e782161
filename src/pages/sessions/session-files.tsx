/** The files that went up and down through a session with a host, each with its digest. */
import type { JSX } from 'preact';
import type { TimelineFile } from '../../web/wire.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icons.tsx';
import { ClockTime } from '../parts/time-text.tsx';
import { sizeText } from './session-words.ts';

const DIGEST_CHARACTERS = 12;

export function SessionFiles({ files }: { files: readonly TimelineFile[] }): JSX.Element | null {
  if (files.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="files-title">
      <h2 id="files-title">Files</h2>
      <ul class="files">
        {files.map((file, index) => (
          <File key={index} file={file} />
        ))}
      </ul>
    </section>
  );
}

function File({ file }: { file: TimelineFile }): JSX.Element {
  const { statement, at, direction, path, bytes, sha256, complete } = file;
  return (
    <li class="file">
      <span class="file-name">
        <span class={`file-direction file-${direction}`}>
          <Icon name="download" />
          <span class="spoken">{direction === 'upload' ? 'Uploaded' : 'Downloaded'}</span>
        </span>
        <a class="code" href={`#s-${statement}`}>
          {path}
        </a>
      </span>
      <span class="muted small">
        {direction === 'upload' ? 'uploaded' : 'downloaded'}, {sizeText(bytes)}
        {!complete && ', not to its end'} · <ClockTime at={at} seconds />
      </span>
      <span class="file-digest muted small">
        {sha256 === null ? (
          'no SHA-256: its bytes did not pass in order'
        ) : (
          <>
            SHA-256{' '}
            <code class="code" title={sha256}>
              {sha256.slice(0, DIGEST_CHARACTERS)}…
            </code>
            <CopyButton text={sha256} what={`the SHA-256 of ${path}`} />
          </>
        )}
      </span>
    </li>
  );
}
