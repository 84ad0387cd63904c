// Attention whose settings the reader can change: the page brings scores and values, this computes the weights.
"use strict";

const softmax = (scores) => {
	const max = Math.max(...scores);
	if (max === -Infinity) return scores.map(() => 0); // nothing may be attended to
	const exps = scores.map((score) => Math.exp(score - max));
	const sum = exps.reduce((a, b) => a + b);
	return exps.map((exp) => exp / sum);
};

class AttentionExplorer extends HTMLElement {
	connectedCallback() {
		const script = this.querySelector("script");
		if (!script) return; // moved within the page
		this.data = JSON.parse(script.textContent);
		this.selected = 5;
		const { heads, tokens } = this.data;
		const select = (name, text, options) =>
			`<label>${text} <select name="${name}">` +
			options.map(([value, text]) => `<option value="${value}">${text}</option>`).join("") +
			"</select></label>";
		const check = (name, text, on = "") => `<label><input type="checkbox" name="${name}"${on}> ${text}</label>`;
		this.innerHTML =
			"<form>" +
			(heads.length > 1 ? select("head", "Head", heads.map((head, i) => [i, head.name])) : "") +
			select("scale", "Scale", [[0.5, "1/√d_k"], [0, "none"], [1, "1/d_k"]]) +
			'<label>Temperature <input type="range" name="heat" min="0.1" max="4" step="0.1" value="1"><output></output></label>' +
			check("causal", "Causal mask") +
			check("padding", "Padding mask") +
			(heads[0].pp ? check("positions", "Positions", " checked") : "") +
			'<button type="button" name="shuffle">Shuffle</button><button type="reset">Reset</button></form>' +
			'<div class="numbers" tabindex="0" role="region" aria-label="Attention weights"><table></table></div>' +
			'<p aria-live="polite"></p>';
		this.form = this.querySelector("form");
		const ordered = () => (this.order = tokens.map((_, i) => i));
		ordered();
		this.start = this.compute().outputs;
		const draw = () => this.draw();
		this.form.oninput = draw;
		this.form.onsubmit = () => false;
		this.form.onreset = () => {
			ordered();
			setTimeout(draw); // the form has its first settings only after this event
		};
		this.form.shuffle.onclick = () => {
			this.order = shuffled(this.order);
			draw();
		};
		const choose = (event) => {
			const row = event.target.closest("tbody tr");
			if (row && row.rowIndex - 1 !== this.selected) this.select(row.rowIndex - 1);
		};
		for (const type of ["pointerover", "focusin"]) this.addEventListener(type, choose);
		this.addEventListener("keydown", (event) => {
			event.stopPropagation(); // elsewhere, arrow keys turn the book's pages
			const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
			if (!step || !event.target.closest("tbody")) return;
			event.preventDefault();
			this.querySelectorAll("tbody button")[this.selected + step]?.focus();
		});
		draw();
	}

	// The weights of each place, and the output of each token.
	compute() {
		const { heads, pad, d_k } = this.data;
		const form = this.form;
		const head = heads[form.head ? form.head.value : 0];
		const placed = form.positions?.checked;
		const factor = d_k ** -form.scale.value / form.heat.value;
		const weights = this.order.map((query, m) =>
			softmax(
				this.order.map((key, n) => {
					if ((form.causal.checked && n > m) || (form.padding.checked && key === pad)) return -Infinity;
					return factor * (head.tt[query][key] + (placed ? head.tp[query][n] + head.pt[m][key] + head.pp[m][n] : 0));
				}),
			),
		);
		const outputs = [];
		this.order.forEach((query, m) => {
			outputs[query] = head.v[0].map((_, i) =>
				weights[m].reduce((sum, w, n) => sum + w * (head.v[this.order[n]][i] + (placed ? head.vp[n][i] : 0)), 0),
			);
		});
		return { weights, outputs };
	}

	draw() {
		const { weights, outputs } = this.compute();
		const { tokens } = this.data;
		this.form.querySelector("output").value = Number(this.form.heat.value).toFixed(1);
		this.rows = weights.map((row, m) => {
			const token = this.order[m];
			const difference = outputs[token].map((x, i) => x - this.start[token][i]);
			return {
				token: tokens[token],
				row,
				entropy: row.reduce((sum, w) => sum - (w > 0 ? w * Math.log2(w) : 0), 0),
				change: Math.hypot(...difference) / (Math.hypot(...this.start[token]) || 1),
			};
		});
		const heading = (text) => `<th scope="col">${text}</th>`;
		const number = (w) => `<td style="--w:${w.toFixed(3)}">${w.toFixed(2)}</td>`;
		const line = ({ token, row, entropy, change }) =>
			`<tr><th scope="row"><button type="button">${token}</button></th>${row.map(number).join("")}` +
			`<td>${entropy.toFixed(2)}</td><td>${Math.round(100 * change)} %</td></tr>`;
		const headings = ["asks", ...this.order.map((i) => tokens[i]), "entropy", "output change"];
		const table = this.querySelector("table");
		const focused = table.contains(document.activeElement);
		table.innerHTML =
			`<thead><tr>${headings.map(heading).join("")}</tr></thead><tbody>${this.rows.map(line).join("")}</tbody>`;
		this.select(this.selected);
		if (focused) table.querySelectorAll("button")[this.selected].focus();
	}

	select(index) {
		this.selected = index;
		this.querySelectorAll("tbody tr").forEach((tr, i) => tr.classList.toggle("selected", i === index));
		const { token, row, entropy, change } = this.rows[index];
		const best = row.indexOf(Math.max(...row));
		const most = row[best] ? `reads mostly “${this.rows[best].token}” (${row[best].toFixed(2)})` : "may read nothing";
		this.querySelector("p").textContent =
			`“${token}” ${most}. Entropy ${entropy.toFixed(2)} of at most ${Math.log2(row.length).toFixed(2)} bits; ` +
			`its output has changed by ${Math.round(100 * change)} %.`;
	}
}

customElements.define("attention-explorer", AttentionExplorer);
