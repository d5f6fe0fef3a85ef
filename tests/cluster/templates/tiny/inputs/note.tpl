seconds {{seconds:.1f}} ending {{ending}}
