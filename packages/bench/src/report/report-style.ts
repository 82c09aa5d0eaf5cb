/** The report's looks. Colours are told apart by people who see fewer of them (hue and lightness differ), in light and dark. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--ink:#1d2327;--soft:#5c666e;--rule:#e3e1dc;--grid:#eceae5;
--accepted:#3f7cac;--t0:#d1495b;--t1:#e9a23b;--t2:#7b5ea7;--t3:#2a9d8f;--t4:#b5651d;--error:#1d2327;--dropped:#a8aeb3;--offered:#1d2327;
--p50:#3f7cac;--p90:#2a9d8f;--p99:#e9a23b;--p999:#d1495b;--split:#7b5ea7;--leader:#2a9d8f;--fault:#d1495b;--note:#8a9299;
--h0:#f3f1ec;--h1:#fdeeb5;--h2:#fbd77b;--h3:#f7b352;--h4:#ee8a3c;--h5:#dd5c34;--h6:#b8352f;--h7:#7d1d2b;--pass:#2b7a4b;--fail:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#14181b;--card:#1c2226;--ink:#e8e6e1;--soft:#9aa5ad;--rule:#2e363c;--grid:#283036;
--accepted:#6aa9d8;--t0:#f0758a;--t1:#f2bb66;--t2:#b39ddb;--t3:#5cc5b6;--t4:#d99a5b;--error:#f4f1ea;--dropped:#6d777f;--offered:#e8e6e1;
--p50:#6aa9d8;--p90:#5cc5b6;--p99:#f2bb66;--p999:#f0758a;--split:#c3aef0;--leader:#5cc5b6;--fault:#f0758a;--note:#7c878f;
--h0:#20272c;--h1:#3a3130;--h2:#5e3a33;--h3:#8a4535;--h4:#b65a38;--h5:#dc7d44;--h6:#f3ab5d;--h7:#fde3a0;--pass:#6fcf97;--fail:#ff8a80}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1060px;margin:0 auto;padding:32px 24px 64px}h1{font-size:26px;line-height:1.2;margin:0 0 6px;font-weight:650;letter-spacing:-.01em}
h2{font-size:19px;margin:36px 0 4px;font-weight:620}h3{font-size:15px;margin:0 0 2px;font-weight:620}p{margin:4px 0}.soft,figcaption{color:var(--soft);font-size:13px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:10px;margin:18px 0}.tile{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 14px}
.tile b{display:block;font-size:21px;font-weight:620;font-variant-numeric:tabular-nums;line-height:1.3}.tile span{color:var(--soft);font-size:12.5px}
figure{background:var(--card);border:1px solid var(--rule);border-radius:8px;margin:14px 0;padding:14px 16px 8px}svg{display:block;width:100%;height:auto;margin-top:6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:12.5px;color:var(--soft);margin-top:2px}.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1.5px}
.legend i.stroke{height:0;border-top:2.5px solid;border-radius:0;vertical-align:3px;width:16px}
.grid{stroke:var(--grid)}.axis{stroke:var(--soft);stroke-width:.8}.tick{fill:var(--soft);font-size:11px;font-family:inherit;font-variant-numeric:tabular-nums}
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}.area{stroke:none}.thin{stroke-width:1}.dash{stroke-dasharray:4 3}
.mark line{stroke-width:1;stroke-dasharray:2 3;stroke:var(--note)}.mark.split line{stroke:var(--split)}.mark.fault line,.mark.node-down line{stroke:var(--fault)}
.mark polygon,.mark circle{stroke:var(--card);stroke-width:1}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px;background:var(--card);border:1px solid var(--rule)}th,td{text-align:left;padding:6px 12px;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:12.5px}td.number,th.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.pass{color:var(--pass);font-weight:600}.fail{color:var(--fail);font-weight:600}
pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 14px;overflow-x:auto;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:10px 0}summary{cursor:pointer;color:var(--soft)}
@media print{main{max-width:none;padding:0}figure,table{break-inside:avoid}}`;

/** CSS variables of throttling reasons, in the order in which a report meets them. */
export const THROTTLE_COLOURS = ['--t0', '--t1', '--t2', '--t3', '--t4'] as const;
export const HEAT_COLOURS = ['--h0', '--h1', '--h2', '--h3', '--h4', '--h5', '--h6', '--h7'] as const;
/** Of runs laid over each other. */
export const RUN_COLOURS = ['--accepted', '--t0', '--t3', '--t1'] as const;
