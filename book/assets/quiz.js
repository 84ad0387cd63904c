// Brings the quizzes to life. The answers and their reasons are folded below each question.
"use strict";

// Reads a number by the terminal's rule: 1,5 and 6,000 are both written, there are two signs for minus, and shares in percent.
const readNumber = (text, answer, tolerance) => {
	const [, digits, percent] = text.replaceAll("−", "-").replace(/[\s_'’]/g, "").match(/^([-+.,\de]+)(%?)$/i) ?? [, "?"];
	const thousands = digits.split(".")[0].split(",").slice(1).every((group) => group.length === 3);
	const readings = [digits.replace(",", "."), thousands ? digits.replaceAll(",", "") : NaN]
		.map((number) => number / (percent && Math.abs(answer) <= 1 ? 100 : 1))
		.filter(Number.isFinite);
	return readings.find((number) => Math.abs(number - answer) <= tolerance) ?? readings[0];
};

// All answers by the ids of their questions, as the terminal keeps them: by keys of texts, because places change. A page that
// is opened from a file may have no storage.
const ANSWERS = "attentive.quiz";
const kept = () => {
	try {
		return Object(JSON.parse(localStorage[ANSWERS]));
	} catch {
		return {};
	}
};
const keep = (id, answer) => {
	try {
		localStorage[ANSWERS] = JSON.stringify({ ...kept(), [id]: answer });
	} catch {}
};

const part = (form, name) => form.querySelector(name);

// What is chosen or written, if it is an answer.
const given = (form) => {
	const { kind, key, answer, tolerance } = form.dataset;
	if (kind === "number") {
		const number = readNumber(form.answer.value, answer, tolerance);
		return number !== undefined && { question: key, number };
	}
	const choices = [...form.querySelectorAll(":checked")].map((input) => input.value);
	return choices.length && { question: key, choices };
};

const show = (form, { choices, number }) => {
	const reasons = [...form.querySelectorAll("details li")];
	const isGood = (reason) => "right" in reason.dataset;
	const { answer, tolerance } = form.dataset;
	const chosen = reasons.filter(({ dataset }) =>
		choices ? choices.includes(dataset.key) : Math.abs(number - answer) <= tolerance,
	);
	const good = chosen.length && chosen.every(isGood);
	const right = good && chosen.length === reasons.filter(isGood).length;
	const said = right ? "Right." : good ? "Right so far, but not all." : "Not quite.";
	const verdict = part(form, ".quiz-verdict");
	verdict.innerHTML = `<strong>${said}</strong> <ul></ul>`;
	verdict.lastChild.append(...chosen.map((reason) => reason.cloneNode(true)));
	form.dataset.result = right ? "right" : "wrong";
	part(form, "details").hidden = false;
};

const clear = (form) => {
	form.reset();
	part(form, ".quiz-verdict").textContent = "";
	part(form, "details").hidden = true;
	delete form.dataset.result;
};

// Shows an answer that was kept, if it is one to the question as it is asked now.
const recall = (form) => {
	const answer = Object(kept()[form.dataset.id]);
	if (answer.question !== form.dataset.key) return;
	const choices = [answer.choices ?? []].flat();
	for (const input of form.querySelectorAll("input")) {
		if (input.type === "text") input.value = answer.number;
		else input.checked = choices.includes(input.value);
	}
	const now = given(form);
	if (now && (now.choices ?? []).length === choices.length) show(form, now);
	else form.reset();
};

for (const foot of document.querySelectorAll(".quiz-foot")) {
	const sections = [...document.querySelectorAll(`[data-quiz="${foot.parentNode.dataset.quiz}"]`)];
	const forms = sections.flatMap((section) => [...section.querySelectorAll("form")]);
	const [score, missed, reset, box, use] = foot.querySelectorAll("span, button, textarea");

	const of = (result) => forms.filter((form) => form.dataset.result === result);
	const count = () => {
		const [right, wrong] = [of("right").length, of("wrong").length];
		const open = forms.length - right - wrong;
		score.textContent = `${right} of ${forms.length} right` + (open ? `, ${open} to go` : "");
		missed.hidden = !wrong;
		box.value = JSON.stringify(kept(), null, 1);
	};

	const shuffle = () => {
		for (const section of sections)
			for (const list of section.querySelectorAll(":scope > ol, .quiz-choices")) list.append(...shuffled([...list.children]));
	};

	const ask = (again) => {
		for (const form of again) {
			keep(form.dataset.id);
			clear(form);
		}
		count();
		part(again[0], "input").focus();
	};

	for (const form of forms) {
		part(form, "button").hidden = false;
		clear(form);
		form.onsubmit = (event) => {
			event.preventDefault();
			const answer = given(form);
			if (!answer) return (part(form, ".quiz-verdict").textContent = "Choose an answer first, or give a number.");
			show(form, answer);
			keep(form.dataset.id, answer);
			count();
		};
		recall(form);
	}
	use.onclick = () => {
		try {
			localStorage[ANSWERS] = JSON.stringify({ ...kept(), ...JSON.parse(box.value) });
			forms.forEach(recall);
			count();
		} catch {
			score.textContent = "Expected all of the text, with its braces.";
		}
	};
	missed.onclick = () => ask(of("wrong"));
	reset.onclick = () => {
		shuffle();
		ask(forms);
	};
	foot.hidden = false;
	shuffle();
	count();
}
