/** The recording's proof and its copies: what to download, and how to check it without trusting us. */
import type { JSX } from 'preact';
import type { WireSession } from '../../web/wire.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icons.tsx';

const KEY_FILE = 'signing-key.pub';

export function Evidence({ session, path }: { session: WireSession; path: string }): JSX.Element {
  const deletedAt = session.recording?.deletedAt ?? null;
  if (deletedAt !== null) return <Deleted session={session} deletedAt={deletedAt} />;
  const recordingFile = `${session.id}.sprec`;
  const command = `sallyport verify ${recordingFile} --public-key ${KEY_FILE}`;
  return (
    <section class="panel" aria-labelledby="evidence-title">
      <h2 id="evidence-title">Evidence</h2>
      {session.recordingHead ? (
        <p class="evidence-head">
          <Icon name="shield" />
          <span>
            Sealed. Final hash <code class="code">{session.recordingHead}</code>
          </span>
          <CopyButton text={session.recordingHead} what="the final hash" />
        </p>
      ) : (
        <p class="muted">
          {session.live
            ? 'The recording is still being written; its final hash appears here when the session ends.'
            : 'The recording has not been sealed yet; its final hash appears here when it is.'}
        </p>
      )}
      {session.recording?.onHold === true && (
        <p class="muted">On hold: nobody deletes this recording until the hold is released.</p>
      )}
      <div class="evidence-files">
        <Download href={`${path}/recording`} file={recordingFile} label="Recording" />
        <Download href="/api/v1/keys/signing" file={KEY_FILE} label="Public key" />
        <Download href={`${path}/export?format=jsonl`} file={`${session.id}.jsonl`} label="JSON lines" />
        <Download href={`${path}/export?format=text`} file={`${session.id}.txt`} label="Text" />
        {session.resourceKind === 'ssh' && (
          <Download
            href={`${path}/export?format=asciicast`}
            file={`${session.id}.cast`}
            label="Terminal (asciicast)"
          />
        )}
      </div>
      <details class="evidence-how">
        <summary>How to verify</summary>
        <p>
          Download the recording and the public key, then run this anywhere. It needs neither this server nor
          its database, and it fails when a byte was changed, a part removed or the end cut off. The hash it
          prints must be the one above.
        </p>
        <div class="copyable">
          <div class="copyable-label">
            <span>Verify</span>
            <CopyButton text={command} what="the command" label="Copy" />
          </div>
          <pre class="copyable-text">{command}</pre>
        </div>
      </details>
    </section>
  );
}

function Deleted({ session, deletedAt }: { session: WireSession; deletedAt: string }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="evidence-title">
      <h2 id="evidence-title">Evidence</h2>
      <p>
        The recording was deleted on <time dateTime={deletedAt}>{new Date(deletedAt).toLocaleString()}</time>:{' '}
        {session.recording?.deletedBecause}. The audit log says so, too.
      </p>
      {session.recordingHead !== null && (
        <p class="muted">
          Its final hash was <code class="code">{session.recordingHead}</code>
        </p>
      )}
    </section>
  );
}

function Download({ href, file, label }: { href: string; file: string; label: string }): JSX.Element {
  return (
    <a class="button button-small" href={href} download={file}>
      <Icon name="download" />
      {label}
    </a>
  );
}
