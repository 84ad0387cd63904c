// Attention whose settings the reader can change: the page brings scores and values, this computes every step.
"use strict";

const sum = (row) => row.reduce((a, b) => a + b, 0);

const softmax = (scores) => {
	const max = Math.max(...scores);
	if (max === -Infinity) return scores.map(() => 0); // nothing may be attended to
	const exps = scores.map((score) => Math.exp(score - max));
	return exps.map((exp) => exp / sum(exps));
};

// Rounds weights so that they still add up: the largest remainders are rounded up.
const hundredths = (row) => {
	const whole = row.map((w) => Math.floor(100 * w));
	const left = Math.round(100 * sum(row)) - sum(whole);
	const lost = [...row.keys()].sort((a, b) => 100 * (row[b] - row[a]) - whole[b] + whole[a]);
	lost.slice(0, left).forEach((i) => whole[i]++);
	return whole.map((w) => w / 100);
};

const shown = (x) => (Math.round(100 * x) / 100 || 0).toFixed(2).replace("-", "−");

class AttentionExplorer extends HTMLElement {
	connectedCallback() {
		const { form, table } = this;
		const after = (change) => () => {
			change();
			this.draw();
			this.settle();
		};
		form.oninput = () => this.draw();
		form.onchange = () => this.settle();
		form.restart.onclick = after(() => {
			form.reset();
			this.words = null;
		});
		form.shuffle.onclick = after(() => (this.order = shuffled(this.order)));
		const tokenAt = ({ target }) => this.order[target.closest("tbody tr")?.rowIndex - 1] ?? this.pinned;
		table.onpointerover = table.onpointerleave = (event) => this.tell(tokenAt(event));
		table.onclick = (event) => this.tell((this.pinned = tokenAt(event)));
		this.className = "live";
		after(() => {})();
	}

	data = JSON.parse(this.querySelector("script").textContent);
	form = this.querySelector("form");
	table = this.querySelector("table");
	pinned = 5;

	// The steps of a head, each with a row for each place.
	compute(head) {
		const { data, form, kinds, order } = this;
		const [queries, keys, values] = data.heads[head].map(([words, places]) =>
			order.map((token, n) => words[kinds[token]].map((x, i) => x + (form.positions?.checked ? places[n][i] : 0))),
		);
		const scores = queries.map((q) => keys.map((k) => sum(q.map((x, i) => x * k[i]))));
		const factor = data.d_k ** -form.scale.value / form.heat.value;
		const scaled = scores.map((row) => row.map((score) => factor * score));
		const blocked = (m, n) => (form.causal.checked && n > m) || (form.padding.checked && kinds[order[n]] === data.pad);
		const masked = scaled.map((row, m) => row.map((score, n) => (blocked(m, n) ? -Infinity : score)));
		const weights = masked.map(softmax);
		const outputs = weights.map((row) => values[0].map((_, i) => sum(row.map((w, n) => w * values[n][i]))));
		return [scores, scaled, masked, weights, outputs];
	}

	// The next change is compared with what is there now.
	settle() {
		this.before = this.after;
	}

	draw() {
		const { data, form } = this;
		const words = (form.sentence.value.match(/[^\s<>&]+/g) ?? ["…"]).slice(0, data.most);
		if (words.join() !== this.words?.join()) {
			this.words = words;
			this.kinds = words.map((word) => data.kinds[word.toLowerCase()] ?? 0);
			this.order = [...words.keys()];
			this.before = null;
		}
		form.now.value = form.heat.value;
		form.querySelectorAll(".thumbnail").forEach((thumbnail, head) => {
			thumbnail.style = "--n:" + words.length;
			thumbnail.innerHTML = this.compute(head)[3].flat().map((w) => `<i style="--w:${w}"></i>`).join("");
		});

		const steps = this.compute(form.head.value);
		const [, , masked, weights, outputs] = steps;
		this.after = [];
		this.rows = this.order.map((token, m) => {
			this.after[token] = outputs[m];
			const before = this.before?.[token] ?? outputs[m];
			const change = Math.hypot(...outputs[m].map((x, i) => x - before[i])) / (Math.hypot(...before) || 1);
			return {
				weights: hundredths(weights[m]),
				entropy: shown(sum(weights[m].map((w) => (w ? -w * Math.log2(w) : 0)))),
				change: Math.round(100 * change) + " %",
			};
		});
		const step = form.step.value;
		const most = step > 2 ? 1 : Math.max(...steps[step].flat().filter(Number.isFinite).map(Math.abs));
		const cell = (m) => (x, n) =>
			step > 1 && step < 4 && masked[m][n] === -Infinity
				? '<td aria-label="masked">–</td>'
				: `<td style="--w:${Math.abs(x / most) || 0}"${x < 0 ? ' class="minus"' : ""}>${shown(x)}</td>`;
		const columns = step > 3 ? data.features : this.order.map((token) => words[token]);
		const head = ["asks", ...columns, "entropy", "output change"].map((text) => `<th scope="col">${text}</th>`);
		const body = this.rows.map(({ weights, entropy, change }, m) => {
			const cells = (step == 3 ? weights : steps[step][m]).map(cell(m));
			return `<tr><th scope="row"><label><input type="radio" name="pinned"> ${words[this.order[m]]}</label></th>${cells.join("")}<td>${entropy}</td><td>${change}</td></tr>`;
		});
		this.table.innerHTML = `<thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody>`;
		this.tell(this.pinned);
	}

	// Says what a token reads, and draws lines to it.
	tell(token) {
		const { order, words } = this;
		const m = Math.max(0, order.indexOf(token));
		const { weights, entropy, change } = this.rows[m];
		this.querySelectorAll("tbody tr").forEach((row, i) => {
			row.className = i === m ? "selected" : "";
			row.querySelector("input").checked = order[i] === this.pinned;
		});
		const best = weights.indexOf(Math.max(...weights));
		const reads = weights[best] ? `reads mostly “${words[order[best]]}” (${shown(weights[best])})` : "may read nothing";
		this.querySelector("[aria-live]").textContent =
			`“${words[order[m]]}” ${reads}. Entropy ${entropy} of at most ${shown(Math.log2(words.length))} bits; ` +
			`its output has changed by ${change}.`;
		const y = (i) => 16 + 22 * i;
		const word = (x, i) => `<text x="${x}" y="${y(i)}">${words[order[i]]}</text>`;
		const line = (w, i) => word(94, i) + word(206, i) + `<path d="M100 ${y(m)}L200 ${y(i)}" opacity="${w}"/>`;
		this.querySelector(".lines").innerHTML = weights.map(line).join("");
	}
}

customElements.define("attention-explorer", AttentionExplorer);
