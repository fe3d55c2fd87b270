/* The leaderboard as text for a spreadsheet or a paper: RFC 4180, or with tabs. Pure. */

/** The table that a person sees: a head, then one list a row. columns, context: see columns.js. */
export function sheetOf(rows, columns, context) {
  const parts = columns.flatMap((column) => column.exports ?? [[column.title, exportedBy(column)]]);
  return [
    parts.map(([title]) => title),
    ...rows.map(({ runs }) => parts.map(([, value]) => value(runs, context))),
  ];
}

/** A number where the cell is one, else what the cell says. */
function exportedBy(column) {
  return (runs, context) => {
    if (column.key === 'number') return runs.map((run) => run.number).join(' ');
    const value = column.value(runs, context);
    return typeof value === 'number' || value === null ? value : column.cell(runs, context).text;
  };
}

/** The sheet as comma-separated values. */
export function toCsv(sheet) {
  return lines(sheet, ',', (text) =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
  );
}

/** The sheet with tabs between the cells, as spreadsheets take it from the clipboard. */
export function toTsv(sheet) {
  return lines(sheet, '\t', (text) => text.replace(/[\t\r\n]+/g, ' '));
}

const DIGITS = 12; // 0.82 - 0.8286 has four behind the point, not the sixteen of binary fractions

function lines(sheet, separator, quote) {
  const text = (value) => (typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value);
  const cell = (value) => quote(value === null || value === undefined ? '' : String(text(value)));
  return sheet.map((row) => `${row.map(cell).join(separator)}\r\n`).join('');
}
