/** The report's style sheet: light and dark by the reader's setting, readable on paper. */
export const STYLE = `
:root{color-scheme:light dark;--bg:light-dark(#fff,#16181c);--fg:light-dark(#1c1f24,#e6e8eb);--muted:light-dark(#59616b,#a3acb8);--line:light-dark(#d5dae0,#3a4049);--soft:light-dark(#f4f6f8,#1f2329);--accent:light-dark(#0b5cad,#6db3f8);--good:light-dark(#17692f,#63c987);--bad:light-dark(#a3261d,#ff9a90);--mark:light-dark(#fff0b3,#5c4a00)}
:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box}body{margin:0;overflow-wrap:break-word;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main,header,nav{max-width:72rem;margin:0 auto;padding:0 1rem}header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}h2{margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
nav{position:sticky;top:0;background:var(--bg);padding:.5rem 1rem;z-index:2;display:flex;flex-wrap:wrap;gap:.25rem 1rem;border-bottom:1px solid var(--line)}
a{color:var(--accent)}.note{color:var(--muted);font-size:.9em}.lead{font-size:1.1rem}
section{scroll-margin-top:3.5rem}.step{scroll-margin-top:4rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem;margin:1rem 0}.cards div{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}.cards dt{color:var(--muted)}.cards dd{margin:0}.cards b{display:block;font-size:1.25rem}.cards span{color:var(--muted);font-size:.9rem}
.scroll{position:relative;overflow:auto;max-height:36rem;border:1px solid var(--line);border-radius:.4rem}.whole{max-height:none}.whole th,.whole td{min-width:5rem}.whole td:last-child{min-width:16rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}caption{position:absolute;left:-100vw}th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}thead th{position:sticky;top:0;background:var(--soft)}tbody th{font-weight:500;min-width:6rem}.fig{white-space:nowrap}code{overflow-wrap:anywhere}
#figures td{overflow-wrap:anywhere}
.decision{font-weight:600}.accepted{color:var(--good)}.rejected{color:var(--bad)}
figure{margin:1rem 0;overflow-x:auto}figcaption{font-weight:600;overflow-wrap:anywhere;margin-bottom:.3rem}figure svg{max-width:100%;height:auto}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));gap:.3rem 1rem}.pair figure{display:grid;grid-template:subgrid/minmax(0,1fr);grid-row:span 3;margin:.6rem 0;min-width:0}
.grid td{text-align:center;white-space:nowrap;font-variant-numeric:tabular-nums}.grid td:nth-child(2){text-align:left}
.p0{background:light-dark(#fbe3e1,#4a201d)}.p1{background:light-dark(#fdeee3,#453019)}.p2{background:light-dark(#fdf6dd,#3f3a1a)}.p3{background:light-dark(#eef6e2,#2b3d1e)}.p4{background:light-dark(#dcf2e2,#1b4128)}
.grid .gained,.grid .lost{font-weight:700;outline:2px solid currentColor;outline-offset:-2px}
.none{color:var(--muted)}.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.filters label{max-width:100%}.end{border-left:4px solid var(--muted);padding-left:.6rem;overflow-wrap:anywhere}.filters{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.75rem 0}input,select,button{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--muted);border-radius:.3rem;padding:.2rem .5rem;max-width:100%}button{cursor:pointer}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
details{margin:.4rem 0}summary{cursor:pointer}.item{border:1px solid var(--line);border-radius:.4rem;padding:.4rem .7rem}.added{color:var(--good)}.removed{color:var(--bad)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:.5rem;border-radius:.3rem;margin:.25rem 0;font-size:.85rem}mark{background:var(--mark);color:inherit;outline:1px solid currentColor}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1rem}.sides article{min-width:0}.step{border-left:4px solid var(--line);padding:.1rem .6rem;margin:.5rem 0}.step.cited{border-color:var(--accent)}.step h4{margin:.2rem 0;font-size:.95rem}.gap{color:var(--muted);font-style:italic}
.quotes{padding-left:1.2rem}
@media not print{.paper{display:none}}
@media(max-width:40rem){nav{position:static}section,.step{scroll-margin-top:1rem}}
@media print{html{font-size:11px}h2,h3,section>p,figcaption,summary{break-after:avoid}.pair{grid-template-columns:1fr 1fr}nav,.filters,#more,#read,#theme,#trials .scroll{display:none}.scroll{max-height:none;overflow:visible;border:0}body{font-size:1rem}figure,tr{break-inside:avoid}thead th{position:static}}
`;
