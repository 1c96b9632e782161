import pg from 'pg';

/** Runs a query and hands each row on as it arrives; none is kept. Resolves with how many there were. */
export async function streamRows<Row extends object>(
  client: pg.Client,
  text: string,
  onRow: (row: Row) => void,
): Promise<number> {
  let rows = 0;
  const query = client.query(new pg.Query<Row>(text));
  await new Promise<void>((resolve, reject) => {
    query.on('row', (row) => {
      rows += 1;
      onRow(row);
    });
    query.on('end', () => resolve());
    query.on('error', reject);
  });
  return rows;
}
