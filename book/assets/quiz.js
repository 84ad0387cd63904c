// Brings the quizzes to life. The answers and their reasons are folded below each question.
"use strict";

// The numbers that a text may stand for: 1,5 and 6,000 are both written, and the book has a minus of its own.
const numbers = (text) => {
	const digits = text.replaceAll("−", "-").replace(/[\s_'’]/g, "");
	const thousands = digits.split(".")[0].split(",").slice(1).every((group) => group.length === 3);
	return [digits.replace(",", "."), thousands ? digits.replaceAll(",", "") : NaN].map(Number);
};

document.querySelectorAll(".quiz").forEach((quiz) => {
	const forms = [...quiz.querySelectorAll("form")];
	const score = quiz.querySelector(".quiz-score");
	const key = (form) => "attentive.quiz." + form.dataset.id;
	// A page opened from a file may have no storage: then results last as long as the page.
	const storage = (action) => {
		try {
			return action(localStorage);
		} catch {
			return null;
		}
	};

	const given = (form) => {
		if (form.dataset.kind === "number") return [form.answer.value.trim()].filter(Boolean);
		return [...form.querySelectorAll("input:checked")].map((input) => input.value).sort();
	};

	// What is kept of an answer names what was asked and chosen by keys of their texts: places change with the editions.
	const keep = (form, answer) => {
		const keyOf = (i) => form.querySelector(`input[value="${i}"]`).dataset.key;
		const kept = form.dataset.kind === "number" ? answer : answer.map(keyOf);
		storage((s) => s.setItem(key(form), JSON.stringify({ question: form.dataset.key, answer: kept })));
	};

	// The answer that is kept, if it is one to the question as it is asked now. Anything else is removed, such as what earlier
	// versions kept, which was places alone.
	const recall = (form) => {
		const kept = storage((s) => JSON.parse(s.getItem(key(form))));
		if (kept?.question === form.dataset.key && Array.isArray(kept.answer) && kept.answer.length) {
			if (form.dataset.kind === "number") {
				if (typeof kept.answer[0] === "string") return kept.answer;
			} else {
				const inputs = [...form.querySelectorAll("input")];
				const chosen = kept.answer.map((k) => inputs.find((input) => input.dataset.key === k));
				if (chosen.every(Boolean)) return chosen.map((input) => input.value).sort();
			}
		}
		storage((s) => s.removeItem(key(form)));
		return null;
	};

	const verdictOf = (form) => form.querySelector(".quiz-verdict");

	const show = (form, answer) => {
		const { kind, answer: wanted, tolerance } = form.dataset;
		const reasons = [...form.querySelectorAll("details li")];
		const isGood = (reason) => "right" in reason.dataset;
		const right =
			kind === "number"
				? numbers(answer[0]).some((number) => Math.abs(number - wanted) <= Number(tolerance))
				: reasons.every((reason, i) => isGood(reason) === answer.includes(String(i)));
		const chosen = kind === "number" ? reasons.filter(() => right) : answer.map((i) => reasons[i]);
		const partly = chosen.length && chosen.every(isGood);
		const said = right ? "Right." : partly ? "Right so far, but not all." : "Not quite.";
		const verdict = verdictOf(form);
		verdict.innerHTML = `<strong>${said}</strong> <ul></ul>`;
		verdict.lastChild.append(...chosen.map((reason) => reason.cloneNode(true)));
		form.dataset.result = right ? "right" : "wrong";
		form.querySelector("details").hidden = false;
	};

	const clear = (form) => {
		verdictOf(form).textContent = "";
		form.querySelector("details").hidden = true;
		delete form.dataset.result;
	};

	const count = () => {
		const of = (result) => forms.filter((form) => form.dataset.result === result).length;
		const open = forms.length - of("right") - of("wrong");
		score.textContent = `${of("right")} of ${forms.length} right` + (open ? `, ${open} to go` : "");
	};

	// The questions, and the choices of each.
	const shuffle = () => {
		for (const list of quiz.querySelectorAll(":scope > ol, .quiz-choices")) list.append(...shuffled([...list.children]));
	};

	forms.forEach((form) => {
		form.querySelector("button").hidden = false;
		clear(form);
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			const answer = given(form);
			if (!answer.length) return (verdictOf(form).textContent = "Choose an answer first.");
			show(form, answer);
			keep(form, answer);
			count();
		});

		const kept = recall(form);
		if (!kept) return;
		if (form.dataset.kind === "number") form.answer.value = kept[0];
		else form.querySelectorAll("input").forEach((input) => (input.checked = kept.includes(input.value)));
		show(form, kept);
	});

	quiz.querySelector(".quiz-reset").addEventListener("click", () => {
		forms.forEach((form) => {
			storage((s) => s.removeItem(key(form)));
			form.reset();
			clear(form);
		});
		shuffle();
		count();
		quiz.querySelector("input").focus();
	});
	// Arrow keys choose an answer here; elsewhere they turn the book's pages.
	quiz.addEventListener("keydown", (event) => event.stopPropagation());
	quiz.querySelector(".quiz-foot").hidden = false;
	shuffle();
	count();
});
